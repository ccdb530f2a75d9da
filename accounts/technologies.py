"""Which technologies accounts use or evaluate, and from when until when we knew it (domain.md §2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import changes
from accounts.imports.fields import Field, Row
from accounts.imports.links import account_of, look_up
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.models import Account, AccountTechnology, Technology, User

Status = AccountTechnology.Status


@dataclass(frozen=True, slots=True)
class Said:
    """That an account uses or evaluates a technology, or (`known` false) does not."""

    account_id: int
    technology: str
    status: str
    known: bool = True

    @property
    def key(self) -> tuple[int, str, str]:
        """What it is about."""
        return (self.account_id, self.technology, self.status)


@transaction.atomic
def say(said: Iterable[Said], *, at: datetime | None = None) -> None:
    """Write what is new of this, whatever was known before; the accounts concerned are evaluated again."""
    now = at or timezone.now()
    wanted = {one.key: one for one in said}
    # One writer of an account at a time: two who say the same say it once.
    accounts = sorted({one.account_id for one in wanted.values()})
    list(Account.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk").values_list("pk"))
    known = present(accounts)
    new = [one for one in wanted.values() if one.known and one.key not in known]
    gone = [known[one.key] for one in wanted.values() if not one.known and one.key in known]
    names = sorted({one.technology for one in new})
    Technology.objects.bulk_create([Technology(name=name) for name in names], ignore_conflicts=True)
    ids = dict(Technology.objects.filter(name__in=names).values_list("name", "pk"))
    AccountTechnology.objects.bulk_create(
        AccountTechnology(
            account_id=one.account_id, technology_id=ids[one.technology], status=one.status, known_from=now
        )
        for one in new
    )
    AccountTechnology.objects.filter(pk__in=gone).update(known_until=now)
    changed = {one.account_id for one in wanted.values() if one.known != (one.key in known)}
    changes.changed(account_ids=changed, reason="technology")


def present(account_ids: Collection[int]) -> dict[tuple[int, str, str], int]:
    """What is known now of these accounts: the id of each row by account, technology and status."""
    rows = AccountTechnology.objects.filter(account__in=account_ids, known_until__isnull=True)
    found = rows.values_list("account_id", "technology__name", "status", "pk")
    return {(account, name, status): pk for account, name, status, pk in found}


def set_technology(
    *,
    account: Account,
    technology: str,
    status: str,
    by: User | None,  # noqa: ARG001
    known: bool = True,
) -> None:
    """Say that an account uses or evaluates a technology (`AccountTechnology.Status`), or (`known=False`) does not."""
    say([Said(account.pk, technology.strip(), status, known)])


@transaction.atomic
def replace_technologies(*, account: Account, wanted: Collection[tuple[str, str]], by: User | None) -> None:  # noqa: ARG001
    """Say that an account has exactly these: (technology, status). What else was known of it ends now."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    ended = [Said(*key, known=False) for key in present([account.pk]) if key[1:] not in set(wanted)]
    say([*ended, *(Said(account.pk, name, status) for name, status in wanted)])


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of one statement: `id` is the row that says so, None where none is left."""

    id: int | None = None
    said: Said | None = None


class TechnologyImporter:
    """Statements by company, technology and status, as a connected system sends them."""

    kind = "technologies"
    label = "Technologies"
    help = "Which technologies accounts use or evaluate."
    telling = frozenset[str]()

    def fields(self) -> Sequence[Field]:
        """None: files bring technologies with their accounts."""
        return []

    def keys(self, row: Row) -> Iterable[str]:
        """Company, technology and status."""
        return [f"{row.values['account_domain']}|{row.values['technology']}|{row.values['status']}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:  # noqa: ARG002 - as every importer
        """What would become of the rows now."""
        return list(_plan(rows))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Write what is new."""
        planned = _plan(rows)
        say([one.said for one in planned if one.said], at=task.at)
        known = present({one.said.account_id for one in planned if one.said})
        for one in planned:
            one.id = known.get(one.said.key) if one.said else None
        return list(planned)


def _plan(rows: Sequence[Row]) -> list[Planned]:
    accounts = look_up(rows)
    planned = [Planned(row) for row in rows]
    for one in planned:
        values = one.row.values
        owner = account_of(one.row, accounts)
        if owner is None:
            one.verdict, one.reason = REJECTED, f"No account here is “{values['account_domain']}”: import it first"
        else:
            one.said = Said(owner, values["technology"], values["status"], values.get("known", True))
            one.same_as = f"t:{one.said.key}"
    known = present({one.said.account_id for one in planned if one.said})
    for one in planned:
        if one.said and one.said.known != (one.said.key in known):
            one.verdict = NEW if one.said.known else CHANGED
    return planned
