"""Touches that wait for an account, by what they have in common, and what a person does about them (domain.md §8).

A touch waits under the first of these that it has: a company's domain, a group, a person (whose address is free mail, or
who has none), an unknown visitor. The lists are of the last DAYS; what is placed brings older touches along.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import companies, people
from accounts.matching import registrable_domain
from accounts.models import Account, Contact, Domain, User
from accounts.names import Candidate, Suggestion, suggest
from signals.models import IgnoredOrigin, IntentSignal, Touch, TouchType
from signals.readings import give_visitor

DAYS = 90
PER_PAGE = 50
CANDIDATES = 300
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

Kind = IgnoredOrigin.Kind
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "companies": ("Companies", (Kind.DOMAIN, Kind.GROUP)),
    "people": ("People", (Kind.PERSON,)),
    "visitors": ("Visitors", (Kind.VISITOR,)),
}

# What a touch waits under, by kind: the column, and what else must hold. Each is narrowed by an index on what waits.
_UNDER: dict[str, tuple[str, str]] = {
    Kind.DOMAIN: ("t.domain", "t.domain <> ''"),
    Kind.GROUP: ("t.group_id", "t.group_id <> '' AND t.domain = ''"),
    # What an erasure left is nobody's to match.
    Kind.PERSON: (
        "t.contact_id::text",
        "t.contact_id IS NOT NULL AND t.domain = '' AND t.group_id = '' AND t.message_id NOT LIKE 'erased:%%'",
    ),
    Kind.VISITOR: ("t.visitor", "t.visitor <> '' AND t.contact_id IS NULL AND t.domain = '' AND t.group_id = ''"),
}
_GROUP = """
SELECT '{kind}' AS kind, {column} AS value, count(*) AS touches, min(t.occurred_at) AS first, max(t.occurred_at) AS last,
    count(DISTINCT coalesce(t.contact_id::text, nullif(t.visitor, ''))) AS people,
    count(*) FILTER (WHERE t.touch_type_id = ANY(%(hands)s)) AS hands
FROM signals_touch t
WHERE t.account_id IS NULL AND t.ignored = '' AND {where} AND t.occurred_at >= %(since)s {narrow}
GROUP BY {column}"""
_LEFT_ALONE = "SELECT FROM signals_ignoredorigin i WHERE i.kind = f.kind AND i.value = f.value"
_CANDIDATES = """
SELECT id FROM (
    (SELECT id, word_similarity(%(text)s, name) AS near FROM accounts_account WHERE name %% %(text)s
        ORDER BY similarity(name, %(text)s) DESC LIMIT %(most)s)
    UNION ALL
    (SELECT id, 1 FROM accounts_account WHERE lower(name) LIKE %(begins)s ORDER BY id LIMIT 100)
    UNION ALL
    (SELECT account_id, 1 FROM accounts_domain WHERE name LIKE %(label)s LIMIT 100)
) found GROUP BY id ORDER BY max(near) DESC, id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Touches that wait under one value. `label`: what people call it; `intent`: signals that wait for the domain."""

    kind: str
    value: str
    touches: int
    first: datetime
    last: datetime
    people: int
    hands: int
    label: str = ""
    intent: int = 0
    ignored: str = ""


def waiting(*, tab: str, ignored: bool = False, skip: int = 0, size: int = PER_PAGE) -> tuple[list[Waiting], bool]:
    """What waits, hand-raises first, then by touches and the last one; and whether there is more."""
    parts = " UNION ALL ".join(_grouped(kind) for kind in TABS[tab][1])
    statement = (
        f"SELECT * FROM ({parts}) f WHERE {'' if ignored else 'NOT '}EXISTS ({_LEFT_ALONE})"  # noqa: S608 - constants
        " ORDER BY hands > 0 DESC, touches DESC, last DESC, kind, value LIMIT %(most)s OFFSET %(skip)s"
    )
    rows = _rows(statement, most=size + 1, skip=skip)
    return _named(rows[:size]), len(rows) > size


def waiting_under(kind: str, value: str) -> Waiting | None:
    """What waits under this value, of any age; None when nothing does (any more)."""
    if kind not in _UNDER or not value:
        return None
    column, _ = _UNDER[kind]
    rows = _rows(_grouped(kind, f"AND {column} = %(value)s"), value=value, since=EARLIEST)
    return _named(rows)[0] if rows else None


def touches_under(item: Waiting, *, most: int = 10) -> list[Touch]:
    """The latest touches of what waits."""
    found = Touch.objects.filter(account__isnull=True, ignored="").select_related("touch_type", "theme", "contact")
    if item.kind == Kind.DOMAIN:
        found = found.filter(domain=item.value)
    elif item.kind == Kind.GROUP:
        found = found.filter(group_id=item.value, domain="")
    elif item.kind == Kind.PERSON:
        found = found.filter(contact_id=int(item.value), domain="", group_id="")
    else:
        found = found.filter(visitor=item.value, contact__isnull=True, domain="", group_id="")
    return list(found.defer("payload").order_by("-occurred_at")[:most])


def suggestions(text: str) -> list[tuple[Account, Suggestion]]:
    """Accounts that are called alike, the likeliest first: to be looked at by a person. Two queries."""
    if not text:
        return []
    label = text.replace(" ", "").casefold()
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {"text": text, "begins": f"{_like(text.casefold())}%", "label": f"{_like(label)}.%", "most": CANDIDATES},
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    accounts = {row.pk: row for row in Account.objects.filter(pk__in=ids).prefetch_related("domains")}
    candidates = [
        Candidate(row.pk, row.name, [domain.name.partition(".")[0] for domain in row.domains.all()])
        for row in accounts.values()
    ]
    return [(accounts[found.id], found) for found in suggest(text, candidates)]


def search(text: str, *, most: int = 20) -> list[Account]:
    """Accounts whose name has `text` in it, or a domain that begins with it."""
    text = text.strip()
    if not text:
        return []
    by_domain = Domain.objects.filter(name__startswith=text.lower()).values("account_id")
    found = Account.objects.filter(Q(name__icontains=text) | Q(pk__in=by_domain))
    return list(found.prefetch_related("domains").order_by(Lower("name"), "id")[:most])


def words_of(item: Waiting) -> str:
    """What an account may be called by: a domain's name without its suffix, a group's id, the domain of a person."""
    if item.kind == Kind.DOMAIN:
        return item.value.partition(".")[0]
    if item.kind == Kind.GROUP:
        return (registrable_domain(item.value) or item.value).partition(".")[0]
    return ""


@transaction.atomic
def match(*, item: Waiting, account: Account, by: User | None) -> int:
    """A person says whose these touches are; how many now are the account's. What comes later comes to it as well.

    A domain or group becomes the account's, a person comes to it. Only a visitor's later touches wait again. Raises
    ValidationError when the domain, group or person belongs to another account by now.
    """
    before = Touch.objects.filter(account=account).count()
    if item.kind == Kind.DOMAIN:
        companies.add_domain(account=account, domain=item.value, by=by)
    elif item.kind == Kind.GROUP:
        companies.add_identifier(account=account, system=companies.EVENTS_SYSTEM, value=item.value, by=by)
    elif item.kind == Kind.PERSON:
        person = Contact.objects.select_for_update(no_key=True).get(pk=int(item.value))
        if person.account_id not in {None, account.pk}:
            raise ValidationError({"account": f"{person.full_name} is at {person.account} already."})
        people.update_contact(contact=person, by=by, source="match", account_id=account.pk)
    else:
        give_visitor(visitor=item.value, account_id=account.pk)
    IgnoredOrigin.objects.filter(kind=item.kind, value=item.value).delete()
    return Touch.objects.filter(account=account).count() - before


@transaction.atomic
def create(*, item: Waiting, name: str, by: User | None) -> Account:
    """An account of this name, and what waits is its own. Raises ValidationError for a bad name or a taken domain."""
    account = companies.create_account(
        name=name, domain=item.value if item.kind == Kind.DOMAIN else None, by=by, source="match"
    )
    if item.kind != Kind.DOMAIN:
        match(item=item, account=account, by=by)
    IgnoredOrigin.objects.filter(kind=item.kind, value=item.value).delete()
    return account


def ignore(*, kind: str, value: str, reason: str, by: User | None) -> IgnoredOrigin:
    """Nobody need look at it; it is left out of the list until it is brought back. Idempotent."""
    if reason not in IgnoredOrigin.Reason.values:
        raise ValidationError({"reason": "Say why."})
    found, _ = IgnoredOrigin.objects.get_or_create(kind=kind, value=value, defaults={"reason": reason, "by": by})
    return found


def bring_back(*, kind: str, value: str) -> None:
    """Show it in the list again."""
    IgnoredOrigin.objects.filter(kind=kind, value=value).delete()


def _grouped(kind: str, narrow: str = "") -> str:
    column, where = _UNDER[kind]
    return _GROUP.format(kind=kind, column=column, where=where, narrow=narrow)


def _rows(statement: str, **values: Any) -> list[Waiting]:
    hands = list(TouchType.objects.filter(hand_raise=True).values_list("pk", flat=True))
    values = {"hands": hands, "since": timezone.now() - timedelta(days=DAYS), **values}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Waiting(*row) for row in cursor.fetchall()]


def _named(rows: Sequence[Waiting]) -> list[Waiting]:
    """With what people call it, the intent that waits for it, and why it is left alone. Three queries at most."""
    ids = [int(row.value) for row in rows if row.kind == Kind.PERSON]
    names = {str(row.pk): row.full_name for row in Contact.objects.filter(pk__in=ids)} if ids else {}
    domains = [row.value for row in rows if row.kind == Kind.DOMAIN]
    intent: dict[str, int] = {}
    if domains:
        signals = IntentSignal.objects.filter(account__isnull=True, domain__in=domains)
        intent = dict(signals.order_by().values_list("domain").annotate(count=Count("id")))
    left = {
        (row.kind, row.value): row.get_reason_display()
        for row in IgnoredOrigin.objects.filter(value__in=[row.value for row in rows])
    }
    return [
        replace(
            row,
            label=names.get(row.value, row.value) if row.kind == Kind.PERSON else row.value,
            intent=intent.get(row.value, 0) if row.kind == Kind.DOMAIN else 0,
            ignored=left.get((row.kind, row.value), ""),
        )
        for row in rows
    ]


def _like(text: str) -> str:
    """Without what LIKE reads as a sign."""
    return re.sub(r"[\\%_]", "", text)
