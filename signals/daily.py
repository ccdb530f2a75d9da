"""What the start of a UTC day brings (domain.md §3, §4): everything is evaluated, centers are compared, months are made ready.

The poller calls `run` every minute. Each part remembers in the database that it was done, so a machine that slept through
midnight does it when it wakes, and two pollers do it once.
"""

from datetime import UTC, date, datetime

from django.db import connection, transaction
from django.utils import timezone

from signals.engagement_days import KEEP
from signals.models import DailyRun, RescoreRequest
from signals.wake import wake_after_commit

MONTHS_AHEAD = 3
CHUNK = 5_000

_REQUEST = """
INSERT INTO signals_rescorerequest (center_id, due_at, priority, reason)
SELECT c.id, %s, %s, 'day' FROM accounts_buyingcenter c
JOIN accounts_account a ON a.id = c.account_id AND a.merged_into_id IS NULL
LEFT JOIN signals_centerstate s ON s.center_id = c.id
WHERE s.as_of_day IS NULL OR s.as_of_day < %s ORDER BY c.id"""

_WAITING = """
SELECT EXISTS (SELECT FROM signals_rescorerequest r WHERE r.reason = 'day' AND r.priority = %s AND r.due_at <= %s)"""

# The share of centers with fewer points, and half of those with as many; the center is one of its own equals. The points that
# the day's scores go by stay.
_CHANGED = f"""
WITH kept AS ({KEEP.format(of="signals_centerstate")}), e AS (
    SELECT center_id, (100.0 * (rank() OVER w - 1 + count(*) OVER (PARTITION BY points_micro) / 2.0) / count(*) OVER ())::float8
        AS score
    FROM signals_centerstate WHERE points_micro > 0 WINDOW w AS (ORDER BY points_micro)
)
SELECT s.center_id, e.score FROM signals_centerstate s LEFT JOIN e USING (center_id)
WHERE s.engagement_score IS DISTINCT FROM e.score ORDER BY s.center_id"""  # noqa: S608 - constants of this project

# Rows are locked in the order of ids, as scorers do, and one that a scorer holds keeps it only for its batch.
_LOCK = "SELECT FROM signals_centerstate WHERE center_id = ANY(%s) ORDER BY center_id FOR NO KEY UPDATE"
_WRITE = """
UPDATE signals_centerstate s SET engagement_score = e.score
FROM unnest(%s::bigint[], %s::float8[]) AS e(center_id, score) WHERE s.center_id = e.center_id"""


def run(now: datetime | None = None) -> int:
    """Do what is due of today; how many centers were put on the list. Cheap when there is nothing to do."""
    moment = now or timezone.now()
    today = moment.astimezone(UTC).date()
    found = DailyRun.objects.filter(day=today).first()
    if found is None:
        return _begin(today, moment)
    if found.compared_at is None and not _waiting(moment):
        compare(today)
    return 0


@transaction.atomic
def _begin(today: date, moment: datetime) -> int:
    """Put every center on the list that was not evaluated today. Whoever comes second waits here, and finds it done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO signals_dailyrun (day, requested_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [today, timezone.now()],
        )
        if not cursor.rowcount:
            return 0
        cursor.execute(
            "SELECT signals_ensure_touch_partitions(%s::date, (%s::date + make_interval(months => %s))::date)",
            [today, today, MONTHS_AHEAD],
        )
        cursor.execute(_REQUEST, [min(moment, timezone.now()), RescoreRequest.Priority.DAY, today])
        requested = int(cursor.rowcount)
    wake_after_commit()
    return requested


def _waiting(moment: datetime) -> bool:
    """True while requests of the day are on the list (those under way are, until they commit)."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [RescoreRequest.Priority.DAY, max(moment, timezone.now())])
        return bool(cursor.fetchone()[0])


def compare(today: date) -> int:
    """Write the Account Engagement Score of all centers (domain.md §3), and keep what it goes by; how many changed."""
    changed = _scores(today)
    for start in range(0, len(changed), CHUNK):
        part = changed[start : start + CHUNK]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK, [[center for center, _ in part]])
            cursor.execute(_WRITE, [[center for center, _ in part], [score for _, score in part]])
    DailyRun.objects.filter(day=today).update(compared_at=timezone.now())
    return len(changed)


def _scores(today: date) -> list[tuple[int, float | None]]:
    """Centers whose score of the comparison is not the stored one, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [today])
        return [(center, score) for center, score in cursor.fetchall()]
