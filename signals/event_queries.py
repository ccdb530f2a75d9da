"""What the pages of events show: what came, what became of it, what no rule maps. Bounded, however much there is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from accounts.models import Source
from signals.models import EventConflict, IngestCount, SetAsideEvent, Touch, TouchType
from signals.reading import UNMAPPED

PERIODS = (("24 hours", timedelta(hours=24)), ("7 days", timedelta(days=7)), ("30 days", timedelta(days=30)))
_FATES = ("received", "accepted", "duplicate", "set_aside", "bots", "internal")
EVENTS_PER_PAGE = 50
UNMAPPED_DAYS = 30
IGNORED_DAYS = 30
MOST_UNMAPPED = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one period: received = accepted + duplicate + set aside. Bots and internal are of the accepted."""

    period: str
    received: int
    accepted: int
    duplicate: int
    set_aside: int
    bots: int
    internal: int


@dataclass(slots=True)
class SourceCounts:
    """What one source sent, by period; when it last sent anything within the longest one."""

    source: Source | None
    last: Any = None
    periods: list[Counts] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnmappedEvent:
    """Events that no rule maps, under one name or path, of the last UNMAPPED_DAYS."""

    field: str
    value: str
    events: int
    accounts: int
    last: Any


def counts_by_source() -> list[SourceCounts]:
    """Each source with its counts, the busiest first; those that sent nothing for 30 days are left out. One query."""
    now = timezone.now()
    sums = {
        f"{fate}_{number}": Sum(fate, filter=Q(at__gte=now - length), default=0)
        for number, (_, length) in enumerate(PERIODS)
        for fate in _FATES
    }
    rows = (
        IngestCount.objects.filter(at__gte=now - PERIODS[-1][1])
        .order_by()
        .values("source_id")
        .annotate(last=Max("at"), **sums)
    )
    names = Source.objects.in_bulk([row["source_id"] for row in rows])
    found = [_source_counts(names[row["source_id"]], row) for row in rows]
    return sorted(found, key=lambda one: (-one.periods[-1].received, str(one.source)))


def total_of(rows: list[SourceCounts]) -> SourceCounts:
    """All sources together."""
    found = SourceCounts(None, max((row.last for row in rows), default=None))
    for number, (words, _) in enumerate(PERIODS):
        parts = [row.periods[number] for row in rows]
        found.periods.append(Counts(words, *(sum(getattr(part, fate) for part in parts) for fate in _FATES)))
    return found


def events(
    *, before: int | None = None, touch_type: TouchType | None = None, source: Source | None = None, ignored: str = ""
) -> tuple[list[Touch], int | None]:
    """The latest events, and the id to go on before; None at the end. Touches that reps logged are no events."""
    found = Touch.objects.exclude(kind="manual").select_related("source", "touch_type", "theme", "account", "contact")
    if before is not None:
        found = found.filter(pk__lt=before)
    if touch_type is not None:
        found = found.filter(touch_type=touch_type)
    if source is not None:
        found = found.filter(source=source)
    if ignored:
        # Rare among many: the search is bounded.
        found = found.filter(ignored=ignored, occurred_at__gte=timezone.now() - timedelta(days=IGNORED_DAYS))
    rows = list(found.defer("payload").order_by("-pk")[: EVENTS_PER_PAGE + 1])
    more = len(rows) > EVENTS_PER_PAGE
    return rows[:EVENTS_PER_PAGE], rows[EVENTS_PER_PAGE - 1].pk if more else None


def unmapped() -> list[UnmappedEvent]:
    """What no rule maps, by volume."""
    return [UnmappedEvent(**row) for row in unmapped_rows()[:MOST_UNMAPPED]]


def unmapped_rows() -> QuerySet[Touch, dict[str, Any]]:
    """The same as rows, without an end."""
    by_path = Q(kind__in=("page", "screen")) & ~Q(path="")
    # Its id first: with the number in hand the planner knows how rare it is.
    type_id = TouchType.objects.filter(key=UNMAPPED).values_list("pk", flat=True).first()
    since = timezone.now() - timedelta(days=UNMAPPED_DAYS)
    rows = Touch.objects.filter(touch_type_id=type_id or 0, received_at__gte=since).exclude(kind="manual")
    rows = rows.annotate(
        field=Case(When(by_path, then=Value("path")), default=Value("event")),
        value=Case(When(by_path, then="path"), default="name"),
    )
    grouped = rows.order_by().values("field", "value")
    return grouped.annotate(
        events=Count("pk"), accounts=Count("account_id", distinct=True), last=Max("received_at")
    ).order_by("-events", "value", "field")


def set_aside(*, code: str = "", replayed: bool = False) -> QuerySet[SetAsideEvent]:
    """Events that were set aside and wait (or, `replayed`, were taken since), the latest first."""
    found = SetAsideEvent.objects.filter(replayed_at__isnull=not replayed).select_related("source", "key")
    return found.filter(code=code) if code else found


def set_aside_codes() -> list[tuple[str, int]]:
    """How many wait for each reason, the most first."""
    rows = SetAsideEvent.objects.filter(replayed_at__isnull=True).order_by().values_list("code")
    return list(rows.annotate(count=Count("id")).order_by("-count", F("code")))


def conflicts() -> QuerySet[EventConflict]:
    """Other bodies that came under a known id, the latest first."""
    return EventConflict.objects.select_related("source")


def _source_counts(source: Source, row: dict[str, Any]) -> SourceCounts:
    found = SourceCounts(source, row["last"])
    for number, (words, _) in enumerate(PERIODS):
        found.periods.append(Counts(words, *(row[f"{fate}_{number}"] for fate in _FATES)))
    return found
