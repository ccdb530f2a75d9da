"""What a key of each scope opens, by the capability that a view asks for (accounts/permissions.py)."""

from types import SimpleNamespace

import pytest

from accounts.models import ApiKey
from accounts.permissions import IsAllowed
from accounts.roles import Capability

DATA = {
    Capability.VIEW, Capability.WORK_QUEUE, Capability.RECEIVE, Capability.WRITE_NOTES, Capability.EDIT_PEOPLE,
    Capability.CHOOSE_TARGETS, Capability.MATCH, Capability.MERGE, Capability.IMPORT, Capability.EXPORT,
    Capability.RESTATE,
}  # fmt: skip


def allowed(scope: str, method: str, capability: Capability) -> tuple[bool, str]:
    request = SimpleNamespace(method=method, auth=ApiKey(scope=scope), user=None)
    view = SimpleNamespace(write_capability=capability, read_capability=capability)
    asked = IsAllowed()
    return asked.has_permission(request, view), asked.message


@pytest.mark.parametrize(
    ("scope", "writes"),
    [("ingest", set()), ("read", set()), ("write", DATA), ("configure", set(Capability))],
)
def test_a_key_writes_what_its_scope_stands_for(scope: str, writes: set[Capability]) -> None:
    assert {one for one in Capability if allowed(scope, "POST", one)[0]} == writes
    assert {one for one in Capability if allowed(scope, "GET", one)[0]} == (
        set() if scope == "ingest" else set(Capability)
    )


def test_a_refused_key_is_told_which_scope_it_takes() -> None:
    assert allowed("write", "PATCH", Capability.CONFIGURE) == (
        False,
        "This needs a key of scope configure; this one has write. An admin makes keys.",
    )


def test_a_view_that_says_nothing_is_for_configuring() -> None:
    silent, asked = SimpleNamespace(), IsAllowed()
    keys = {scope: SimpleNamespace(method="POST", auth=ApiKey(scope=scope)) for scope in ("write", "configure")}
    assert [asked.has_permission(keys[scope], silent) for scope in ("write", "configure")] == [False, True]
