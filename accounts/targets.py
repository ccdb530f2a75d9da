"""Which accounts are named targets: chosen and let go by people, many at a time, with who and when (domain.md §2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Func, JSONField, Value
from django.utils import timezone

from accounts import changes
from accounts.facts import record_account_facts, said_by
from accounts.models import Account, AccountFact, User

HOW = {
    "page": "by hand",
    "import": "from a file",
    "events": "from events",
    "api": "over the API",
    "demo": "by the demo",
}


@dataclass(frozen=True)
class Choice:
    """That somebody (None: a machine) made an account a target, or let it go, and how (`AccountFact.source`)."""

    at: datetime
    by: User | None
    source: str

    @property
    def how(self) -> str:
        """The source in words."""
        return HOW.get(self.source, self.source)


@transaction.atomic
def set_targets(
    *, account_ids: Iterable[int], is_target: bool, by: User | None, source: str = "page", at: datetime | None = None
) -> int:
    """Make these accounts targets, or no longer; how many that changed. Each gets its history row and is evaluated again."""
    now = at or timezone.now()
    ids = list(
        Account.objects.select_for_update(no_key=True)
        .filter(pk__in=list(account_ids))
        .exclude(is_target=is_target)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    said = Value({"is_target": said_by(source, now)}, JSONField())
    Account.objects.filter(pk__in=ids).update(
        is_target=is_target,
        updated_at=now,
        field_times=Func(F("field_times"), said, function="", arg_joiner=" || ", output_field=JSONField()),
    )
    record_account_facts(((pk, "is_target", is_target) for pk in ids), at=now, by=by, source=source)
    changes.changed(account_ids=ids, reason="account")
    return len(ids)


def choices(account_ids: Sequence[int]) -> dict[int, Choice]:
    """By account the latest word on whether it is a target. One query."""
    rows = (
        AccountFact.objects.filter(account__in=account_ids, field="is_target")
        .select_related("by")
        .order_by("account_id", "-known_from", "-id")
        .distinct("account_id")
    )
    return {row.account_id: Choice(row.known_from, row.by, row.source) for row in rows}
