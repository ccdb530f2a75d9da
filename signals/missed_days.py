"""The UTC days that a center missed while nothing evaluated (domain.md §4, "Nothing stays qualified by itself").

A machine that slept for days finds each center as it was. What had happened by then counts on the day on which it was so:
since when something qualifies, since when not, and by which days it cooled. So before a center is evaluated as of now, it
is evaluated at the start and at the end of each day it missed, as known then and by the version that was active then. Who
slept through midnight alone missed no whole day: where something came since the last evaluation, the end of that day and the
start of this one are evaluated; where nothing did, this evaluation is what they would have been.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from signals.models import ModelPublication, ScoringModel
from signals.outcome import Before
from signals.publishing import active_model

ONE_DAY = timedelta(days=1)
# Who slept longer finds only the last of them: what lay before it is out of every look-back but a very long one.
MOST_DAYS = 100
# Moments in one transaction: a long sleep must not hold its centers, or be lost by a kill, for minutes.
STEP = 8

# Without a touch in the whole time nothing qualifies, and nothing changes from day to day but the date.
_STIRRED = """
SELECT c.id FROM accounts_buyingcenter c WHERE c.id = ANY(%s::bigint[]) AND EXISTS (
    SELECT FROM signals_touch t WHERE t.account_id = c.account_id AND t.occurred_at >= %s)"""


def moments(last: datetime, as_of: datetime) -> list[datetime]:
    """At which moments a center last evaluated at `last` is evaluated before `as_of`, the earliest first.

    The end of that day, start and end of each day missed, and the start of the present one; none on the same day.
    """
    today, day = as_of.astimezone(UTC).date(), last.astimezone(UTC).date()
    first = max(day, today - ONE_DAY * MOST_DAYS)
    found: list[datetime] = []
    while first < today:
        found += [_end(first), _start(first + ONE_DAY)]
        first += ONE_DAY
    return [moment for moment in found if last < moment < as_of]


def missed(
    before: Mapping[int, Before], center_ids: Iterable[int], as_of: datetime, *, changed: Collection[int]
) -> dict[datetime, list[int]]:
    """The centers to evaluate by moment, the earliest first; only those for which a missed moment can have mattered.

    `changed`: those of which something came since they were last evaluated.
    """
    late: dict[datetime, list[int]] = {}
    today = as_of.astimezone(UTC).date()
    for center_id in center_ids:
        last = before[center_id].evaluated_at
        if last is not None and (last.astimezone(UTC).date() < today - ONE_DAY or center_id in changed):
            late.setdefault(last, []).append(center_id)
    days: dict[tuple[datetime, ...], list[int]] = {}
    for last, ids in late.items():
        days.setdefault(tuple(moments(last, as_of)), []).extend(ids)
    found: dict[datetime, list[int]] = {}
    for missing, ids in days.items():
        if missing and (stirred := _stirred(ids, before, since=missing[0] - ONE_DAY * 2 * MOST_DAYS)):
            for moment in missing:
                found.setdefault(moment, []).extend(stirred)
    return dict(sorted(found.items()))


def _stirred(center_ids: Sequence[int], before: Mapping[int, Before], *, since: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_STIRRED, [list(center_ids), since])
        touched = {row[0] for row in cursor.fetchall()}
    return [center_id for center_id in center_ids if center_id in touched or before[center_id].qualified]


def active_at(moment: datetime) -> ScoringModel:
    """The version that was active at a moment; the present one where no publication is that old."""
    publication = ModelPublication.objects.filter(at__lte=moment).select_related("model").first()
    return publication.model if publication else active_model()


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
