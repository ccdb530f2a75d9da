"""API keys on the command line, and what is stored of them (promise X3)."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.keys import find_key
from accounts.models import ApiKey, Source

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("apikey", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("scope", ["ingest", "read", "write", "configure"])
def test_create_prints_the_key_and_only_the_key_once(scope: str) -> None:
    text = run("create", "website", "--scope", scope)[0].strip()
    key = ApiKey.objects.get()
    assert find_key(text) == key
    assert (key.name, key.scope, bytes(key.digest)) == ("website", scope, hashlib.sha256(text.encode()).digest())
    assert (key.source.name if key.source else None) == ("website" if scope == "ingest" else None)
    assert text not in run("list")[0]
    assert key.prefix in run("list")[0]


def test_two_keys_of_one_name_are_one_source() -> None:
    run("create", "website", "--scope", "ingest")
    run("create", "website", "--scope", "ingest")
    assert (ApiKey.objects.count(), Source.objects.count()) == (2, 1)


def test_a_revoked_key_opens_nothing() -> None:
    text = run("create", "website", "--scope", "ingest")[0].strip()
    run("revoke", ApiKey.objects.get().prefix)
    assert find_key(text) is None
    assert "revoked" in run("list")[0]
    with pytest.raises(CommandError):
        run("revoke", "nothing")


def test_a_key_needs_a_name_and_a_scope() -> None:
    for arguments in (["create", " ", "--scope", "read"], ["create", "x" * 101, "--scope", "read"], ["create", "x"]):
        with pytest.raises(CommandError):
            run(*arguments)
    assert ApiKey.objects.count() == 0
