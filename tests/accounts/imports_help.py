"""Running files through the import, for tests."""

from typing import Any

from accounts.imports import actions
from accounts.imports.worker import work_step
from accounts.models import Import


def work() -> None:
    """All that is to do."""
    for _ in range(10_000):
        if not work_step():
            return
    raise AssertionError("the imports do not come to an end")


def upload(data: bytes | str, *, kind: str = "", name: str = "file.csv", by=None) -> Import:
    text = data.encode() if isinstance(data, str) else data
    # In blocks, as an upload arrives.
    return actions.upload(
        blocks=(text[at : at + 1000] for at in range(0, len(text), 1000)), file_name=name, kind=kind, by=by
    )


def checked(
    data: bytes | str, *, kind: str = "", by=None, values: dict[str, Any] | None = None, **options: str
) -> Import:
    owner = upload(data, kind=kind, by=by)
    mapping = owner.mapping | {key: {"value": value} for key, value in (values or {}).items()}
    actions.start_check(owner=owner, mapping=mapping, options=options, by=by)
    work()
    owner.refresh_from_db()
    return owner


def imported(
    data: bytes | str, *, kind: str = "", by=None, values: dict[str, Any] | None = None, **options: str
) -> Import:
    owner = checked(data, kind=kind, by=by, values=values, **options)
    assert owner.status == "checked", owner.problem
    actions.start_commit(owner=owner, by=by)
    work()
    owner.refresh_from_db()
    assert owner.status == "done", owner.problem
    return owner


def counts(owner: Import) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected: as the commit counted once it is done, else as the check found."""
    said = owner.made if owner.status == "done" else owner.found
    return said["new"], said["changed"], said["unchanged"], said["rejected"]
