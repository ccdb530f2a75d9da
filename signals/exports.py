"""Rows of lists for files, streamed in chunks; touches and intent signals under the names by which imports know them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.exports import unless_address
from accounts.models import Domain
from signals import event_queries, unmatched
from signals.models import IntentSignal, Touch

CHUNK = 1_000
# Each page of what waits counts all of it anew.
UNMATCHED_AT_ONCE = 20_000

TOUCHES = (
    "Desk ID of the touch", "When", "Message ID", "Touch type", "Event", "Page path", "E-mail", "User ID of events",
    "Visitor ID", "Minutes", "Channel", "Campaign", "Theme", "Group ID of events", "Account domain", "Account name", "Source",
    "Received", "Without points",
)  # fmt: skip
INTENT = (
    "Account domain", "Account name", "Topic", "Provider", "Kind", "Composite score (0 to 100)", "Observed on", "Received",
)  # fmt: skip
SET_ASIDE = ("ID", "Received", "Source", "Key", "Code", "Reason", "Type", "Event", "Message ID", "Taken since")
UNMAPPED = ("Kind", "Event name or path", "Events", "Accounts", "Last")
UNMATCHED = (
    "Waits under",
    "Value",
    "Person",
    "Touches",
    "People",
    "Hand-raises",
    "Intent signals",
    "First",
    "Last",
    "Left alone",
)


def set_aside_rows(*, code: str = "", replayed: bool = False) -> Iterator[tuple[Any, ...]]:
    """Events that were set aside, the latest first. Without what they say, which may be of persons: the page shows it."""
    for one in event_queries.set_aside(code=code, replayed=replayed).iterator(chunk_size=CHUNK):
        said = one.payload if isinstance(one.payload, dict) else {}
        yield (
            one.pk, _moment(one.received_at), one.source.name, one.key.name if one.key else None, one.code, one.reason,
            *(value if isinstance(value := said.get(name), str) else None for name in ("type", "event", "messageId")),
            _moment(one.replayed_at) if one.replayed_at else None,
        )  # fmt: skip


def unmapped_rows() -> Iterator[tuple[Any, ...]]:
    """What no rule maps, by volume."""
    for one in event_queries.unmapped():
        yield one.field, one.value, one.events, one.accounts, _moment(one.last)


def unmatched_rows(*, tab: str, ignored: bool = False) -> Iterator[tuple[Any, ...]]:
    """What waits for an account, as the page has it. People by name; their addresses are in their own list."""
    skip, more = 0, True
    while more:
        rows, more = unmatched.waiting(tab=tab, ignored=ignored, skip=skip, size=UNMATCHED_AT_ONCE)
        skip += UNMATCHED_AT_ONCE
        for one in rows:
            person = one.label if one.kind == unmatched.Kind.PERSON and "@" not in one.label else None
            yield (
                one.kind, one.value, person, one.touches, one.people, one.hands, one.intent, _moment(one.first),
                _moment(one.last), one.ignored,
            )  # fmt: skip


def touch_rows(*, account: int | None = None, days: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Touches as they are read now: what came in last first, those of one account by when they happened.

    Of people whom nobody may contact without the address.
    """
    domains = Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
    found = Touch.objects.prefetch_related(domains, "contact", "touch_type", "theme", "source").defer("payload")
    if account is not None:
        found = found.filter(account=account)
    if days is not None:
        found = found.filter(occurred_at__gte=timezone.now() - dt.timedelta(days=min(days, 36_500)))
    for one in _by_id(found) if account is None else found.iterator(chunk_size=CHUNK):
        person = one.contact
        hidden = person is not None and person.do_not_contact
        yield (
            one.pk, _moment(one.occurred_at), one.message_id, one.touch_type.name, one.name, one.path,
            None if hidden else one.email or (person.email if person else None),
            unless_address(one.user_id) if hidden else one.user_id, one.visitor, one.minutes,
            one.channel, one.campaign, one.theme.name if one.theme else None, one.group_id,
            (one.account.domain if one.account else None) or one.domain, one.account.name if one.account else None,
            one.source.name, _moment(one.received_at), one.ignored,
        )  # fmt: skip


def _by_id(found: QuerySet[Touch]) -> Iterator[Touch]:
    """The latest id first, a page at a time by the index: nothing is sorted, so the first row does not wait for the last."""
    page = list(found.order_by("-pk")[:CHUNK])
    while page:
        yield from page
        page = list(found.filter(pk__lt=page[-1].pk).order_by("-pk")[:CHUNK]) if len(page) == CHUNK else []


def intent_rows() -> Iterator[tuple[Any, ...]]:
    """Of each observation (whose, topic, provider, kind, day) the signal that was received last: that one counts."""
    key = ("account_id", "domain", "topic_id", "provider", "kind", "observed_on")
    latest = IntentSignal.objects.order_by(*key, "-received_at", "-id").distinct(*key)
    domains = Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
    for one in latest.select_related("account", "topic").prefetch_related(domains).iterator(chunk_size=CHUNK):
        account = one.account
        yield (
            (account.domain if account else None) or one.domain, account.name if account else None, one.topic.name,
            one.provider, one.kind, one.composite, one.observed_on.isoformat(), _moment(one.received_at),
        )  # fmt: skip


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat()
