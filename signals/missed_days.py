"""The UTC days that a center missed while nothing evaluated (domain.md §4, "Nothing stays qualified by itself").

A machine that slept for days finds each center as it was. What had happened by then counts on the day on which it was so:
since when something qualifies, since when not, and by which days it cooled. So before a center is evaluated as of now, it
is evaluated at the start and at the end of each day it missed, as known then and by the version that was active then.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from signals.models import ModelPublication, ScoringModel
from signals.outcome import Before
from signals.publishing import active_model

ONE_DAY = timedelta(days=1)
# Who slept longer finds only the last of them: what lay before it is out of every look-back but a very long one.
MOST_DAYS = 100

# Without a touch in the whole time nothing qualifies, and nothing changes from day to day but the date.
_STIRRED = """
SELECT c.id FROM accounts_buyingcenter c WHERE c.id = ANY(%s::bigint[]) AND EXISTS (
    SELECT FROM signals_touch t WHERE t.account_id = c.account_id AND t.occurred_at >= %s)"""


def moments(last_day: date, as_of: datetime) -> list[datetime]:
    """At which moments a center last evaluated on `last_day` is evaluated before `as_of`, the earliest first.

    The end of that day, start and end of each day missed, and the start of the present one; none when no day was missed.
    """
    today = as_of.astimezone(UTC).date()
    if last_day >= today - ONE_DAY:
        return []
    first = max(last_day, today - ONE_DAY * MOST_DAYS)
    missed = [first + ONE_DAY * number for number in range(1, (today - first).days)]
    return [_end(first), *(moment for day in missed for moment in (_start(day), _end(day))), _start(today)]


def missed(before: Mapping[int, Before], center_ids: Iterable[int], as_of: datetime) -> dict[datetime, list[int]]:
    """The centers to evaluate by moment, the earliest first; only those for which a missed day can have mattered."""
    late: dict[date, list[int]] = {}
    for center_id in center_ids:
        day = before[center_id].as_of_day
        if day is not None and moments(day, as_of):
            late.setdefault(day, []).append(center_id)
    found: dict[datetime, list[int]] = {}
    for day, ids in late.items():
        stirred = _stirred(ids, before, since=_start(day) - ONE_DAY * 2 * MOST_DAYS)
        for moment in moments(day, as_of):
            if stirred:
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
