"""Clocks kept and missed by stage and person, and reasons counted (domain.md §6): one query each."""

from dataclasses import dataclass

from django.db import connection

from reports.period import Period
from reports.statistics import Share


@dataclass(frozen=True)
class Clock:
    """How one person did on one clock: ended in time, ended late, and breached while still running."""

    clock: str
    person: str
    kept: int
    late: int
    running_late: int

    @property
    def kept_share(self) -> Share:
        """Kept of all that ended or ran out."""
        return Share(self.kept, self.kept + self.late + self.running_late)


@dataclass(frozen=True)
class ReasonCount:
    """How often a reason was given for one kind of move."""

    action: str
    reason: str
    count: int


# A clock ends with a move (or with the first outreach); it ended late when its breach was recorded before that.
_CLOCKS = """
WITH ended AS (
    SELECT e.handoff_id, e.at, e.by_id,
           CASE WHEN e.from_state = 'queued' THEN 'claim' WHEN e.from_state = 'working' THEN 'decision' ELSE 'answer' END
               AS clock
    FROM handoff_handoffevent e
    WHERE e.at >= %(start)s AND e.at < %(end)s AND (
        (e.from_state = 'queued' AND e.to_state IN ('working', 'disqualified') AND e.by_id IS NOT NULL)
        OR (e.from_state = 'working' AND e.to_state IN ('passed', 'recycled', 'disqualified'))
        OR (e.from_state = 'passed' AND e.to_state IN ('accepted', 'working', 'recycled'))
    ) AND NOT EXISTS (
        SELECT 1 FROM handoff_handoffevent undone
        WHERE undone.handoff_id = e.handoff_id AND undone.action = 'undo'
          AND undone.at >= e.at AND undone.data->>'event' = e.id::text
    )
    UNION ALL
    SELECT h.id, h.outreach_at, h.claimed_by_id, 'outreach'
    FROM handoff_handoff h
    WHERE h.outreach_at >= %(start)s AND h.outreach_at < %(end)s AND h.claimed_by_id IS NOT NULL
), judged AS (
    SELECT ended.clock, ended.by_id AS person, ended.handoff_id,
           EXISTS (
               SELECT 1 FROM handoff_slaevent s
               WHERE s.handoff_id = ended.handoff_id AND s.clock = ended.clock AND s.kind = 'breach'
                 AND s.due_at <= ended.at AND s.due_at > ended.at - interval '365 days'
           ) AS late
    FROM ended
), running AS (
    SELECT s.clock, s.by_holder_id AS person, s.handoff_id
    FROM handoff_slaevent s
    WHERE s.kind = 'breach' AND s.clock <> 'idle' AND s.due_at >= %(start)s AND s.due_at < %(end)s
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.handoff_id = s.handoff_id AND j.clock = s.clock AND j.late)
), counted AS (
    SELECT clock, person, handoff_id, NOT late AS kept, late, false AS running FROM judged
    UNION ALL
    SELECT clock, person, handoff_id, false, false, true FROM running
)
SELECT c.clock, COALESCE(u.name, 'Nobody yet'), count(*) FILTER (WHERE c.kept), count(*) FILTER (WHERE c.late),
       count(*) FILTER (WHERE c.running)
FROM counted c
JOIN handoff_handoff h ON h.id = c.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN accounts_user u ON u.id = c.person
WHERE (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
  AND (%(team)s::bigint IS NULL OR u.team_id = %(team)s)
GROUP BY c.clock, u.id, u.name
ORDER BY array_position(ARRAY['claim', 'outreach', 'decision', 'answer'], c.clock::text), u.name
"""

_REASONS = """
SELECT e.action, COALESCE(r.label, 'No reason'), count(*)
FROM handoff_handoffevent e
JOIN handoff_handoff h ON h.id = e.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN handoff_reason r ON r.id = e.reason_id
LEFT JOIN accounts_user u ON u.id = e.by_id
WHERE e.at >= %(start)s AND e.at < %(end)s AND e.action IN ('return', 'recycle', 'disqualify', 'lose')
  AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
  AND (%(team)s::bigint IS NULL OR u.team_id = %(team)s)
GROUP BY e.action, r.label
ORDER BY e.action, count(*) DESC, r.label
"""

_ANSWERS = """
SELECT count(*) FILTER (WHERE e.action = 'accept'), count(*) FILTER (WHERE e.action = 'return')
FROM handoff_handoffevent e
JOIN handoff_handoff h ON h.id = e.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN accounts_user u ON u.id = e.by_id
WHERE e.at >= %(start)s AND e.at < %(end)s AND e.action IN ('accept', 'return')
  AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
  AND (%(team)s::bigint IS NULL OR u.team_id = %(team)s)
"""


def clocks(period: Period) -> list[Clock]:
    """Every clock that ended, or ran out, in the period; by clock and by the person who ended or held it."""
    return [Clock(*row) for row in _query(_CLOCKS, period)]


def reasons(period: Period) -> list[ReasonCount]:
    """Returns, recycles, disqualifications and losses of the period by reason."""
    return [ReasonCount(*row) for row in _query(_REASONS, period)]


def acceptance(period: Period) -> Share:
    """Of the passes answered in the period the share that the AE accepted."""
    accepted, returned = _query(_ANSWERS, period)[0]
    return Share(accepted, accepted + returned)


def _query(sql: str, period: Period) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {"start": period.start_at, "end": period.end_at, "segment": period.segment, "team": period.team},
        )
        return cursor.fetchall()
