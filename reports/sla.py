"""Clocks kept and missed by stage and person, and reasons counted (domain.md §6): one query each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports import asking
from reports.deals import HANDOFF_OF_SOURCE, OF_MODEL
from reports.period import Period
from reports.statistics import Share


@dataclass(frozen=True)
class Clock:
    """How one person (None: nobody yet) did on one clock: ended in time, ended late, and breached while still running."""

    clock: str
    person_id: int | None
    person: str
    kept: int
    late: int
    running_late: int

    @property
    def kept_share(self) -> Share:
        """Kept of all that ended or ran out."""
        return Share(self.kept, self.kept + self.late + self.running_late)


@dataclass(frozen=True)
class Ended:
    """One clock of one handoff: when it ended, or ran out while still running, and how (kept, late or running)."""

    account_id: int
    account: str
    clock: str
    person: str
    at: datetime
    how: str


@dataclass(frozen=True)
class ReasonCount:
    """How often a reason (None: none was given) was given for one kind of move."""

    action: str
    reason_id: int | None
    reason: str
    count: int


@dataclass(frozen=True)
class Move:
    """A move that is counted by its reason, or by whether the AE accepted."""

    account_id: int
    account: str
    at: datetime
    action: str
    person: str
    reason: str
    comment: str


HOWS = ("kept", "late", "running")
ACTIONS = ("return", "recycle", "disqualify", "lose")
# A clock ends with a move (or with the first outreach); it ended late when its breach was recorded before that.
_NOT_UNDONE = """NOT EXISTS (
        SELECT 1 FROM handoff_handoffevent undone
        WHERE undone.handoff_id = e.handoff_id AND undone.action = 'undo'
          AND undone.at >= e.at AND undone.data->>'event' = e.id::text
    )"""
_COUNTED = f"""
WITH ended AS (
    SELECT e.handoff_id, e.at, e.by_id,
           CASE WHEN e.from_state = 'queued' THEN 'claim' WHEN e.from_state = 'working' THEN 'decision' ELSE 'answer' END
               AS clock
    FROM handoff_handoffevent e
    WHERE e.at >= %(start)s AND e.at < %(end)s AND (
        (e.from_state = 'queued' AND e.to_state IN ('working', 'disqualified') AND e.by_id IS NOT NULL)
        OR (e.from_state = 'working' AND e.to_state IN ('passed', 'recycled', 'disqualified'))
        OR (e.from_state = 'passed' AND e.to_state IN ('accepted', 'working', 'recycled'))
    ) AND {_NOT_UNDONE}
    UNION ALL
    SELECT h.id, h.outreach_at, h.claimed_by_id, 'outreach'
    FROM handoff_handoff h
    WHERE h.outreach_at >= %(start)s AND h.outreach_at < %(end)s AND h.claimed_by_id IS NOT NULL
), judged AS (
    SELECT ended.clock, ended.by_id AS person, ended.handoff_id, ended.at,
           EXISTS (
               SELECT 1 FROM handoff_slaevent s
               WHERE s.handoff_id = ended.handoff_id AND s.clock = ended.clock AND s.kind = 'breach'
                 AND s.due_at <= ended.at AND s.due_at > ended.at - interval '365 days'
           ) AS late
    FROM ended
), running AS (
    SELECT s.clock, s.by_holder_id AS person, s.handoff_id, s.due_at AS at
    FROM handoff_slaevent s
    WHERE s.kind = 'breach' AND s.clock <> 'idle' AND s.due_at >= %(start)s AND s.due_at < %(end)s
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.handoff_id = s.handoff_id AND j.clock = s.clock AND j.late)
), counted AS (
    SELECT clock, person, handoff_id, at, CASE WHEN late THEN 'late' ELSE 'kept' END AS how FROM judged
    UNION ALL
    SELECT clock, person, handoff_id, at, 'running' FROM running
), found AS (
    SELECT c.*, h.account_id, a.name AS account, COALESCE(u.name, 'Nobody yet') AS person_name
    FROM counted c
    JOIN handoff_handoff h ON h.id = c.handoff_id
    JOIN accounts_account a ON a.id = h.account_id
    LEFT JOIN accounts_user u ON u.id = c.person
    WHERE (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
      AND (%(team)s::bigint IS NULL OR u.team_id = %(team)s)
      AND {HANDOFF_OF_SOURCE} AND {OF_MODEL}
)
"""  # noqa: S608 - constants of this module alone
_CLOCKS = """
SELECT clock, person, person_name, count(*) FILTER (WHERE how = 'kept'), count(*) FILTER (WHERE how = 'late'),
       count(*) FILTER (WHERE how = 'running')
FROM found
GROUP BY clock, person, person_name
ORDER BY array_position(ARRAY['claim', 'outreach', 'decision', 'answer'], clock::text), person_name, person
"""
_ENDED = """
SELECT account_id, account, clock, person_name, at, how FROM found
WHERE clock = %(clock)s AND (%(how)s = '' OR how = %(how)s)
  AND (%(person)s = '' OR COALESCE(person::text, 'nobody') = %(person)s)
ORDER BY at, handoff_id
"""

# What was undone did not happen.
_MOVES = f"""
FROM handoff_handoffevent e
JOIN handoff_handoff h ON h.id = e.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN handoff_reason r ON r.id = e.reason_id
LEFT JOIN accounts_user u ON u.id = e.by_id
WHERE e.at >= %(start)s AND e.at < %(end)s AND e.action = ANY(%(actions)s) AND {_NOT_UNDONE}
  AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
  AND (%(team)s::bigint IS NULL OR u.team_id = %(team)s) AND {HANDOFF_OF_SOURCE} AND {OF_MODEL}
"""
_REASONS = f"""
SELECT e.action, r.id, COALESCE(r.label, 'No reason'), count(*)
{_MOVES}
GROUP BY e.action, r.id, r.label
ORDER BY e.action, count(*) DESC, r.label
"""
_ANSWERS = f"SELECT count(*) FILTER (WHERE e.action = 'accept'), count(*) FILTER (WHERE e.action = 'return') {_MOVES}"
_MOVE_ROWS = f"""
SELECT a.id, a.name, e.at, e.action, COALESCE(u.name, ''), COALESCE(r.label, ''), e.comment
{_MOVES}
  AND (%(reason)s = '' OR COALESCE(r.id::text, 'none') = %(reason)s)
ORDER BY e.at, e.id
"""


def clocks(period: Period) -> list[Clock]:
    """Every clock that ended, or ran out, in the period; by clock and by the person who ended or held it."""
    return [Clock(*row) for row in _query(_COUNTED + _CLOCKS, period)]


def ended(period: Period, *, clock: str, how: str = "", person: str = "") -> list[Ended]:
    """The clocks that `clocks` counts: of this kind, ended so (of HOWS), of this person (an id or "nobody")."""
    return [Ended(*row) for row in _query(_COUNTED + _ENDED, period, clock=clock, how=how, person=person)]


def reasons(period: Period) -> list[ReasonCount]:
    """Returns, recycles, disqualifications and losses of the period by reason."""
    return [ReasonCount(*row) for row in _query(_REASONS, period, actions=list(ACTIONS))]


def acceptance(period: Period) -> Share:
    """Of the passes answered in the period the share that the AE accepted."""
    accepted, returned = _query(_ANSWERS, period, actions=["accept", "return"])[0]
    return Share(accepted, accepted + returned)


def moves(period: Period, *, actions: Sequence[str], reason: str = "") -> list[Move]:
    """The moves of these kinds that are counted, with this reason (an id or "none")."""
    return [Move(*row) for row in _query(_MOVE_ROWS, period, actions=list(actions), reason=reason)]


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    return asking.rows(sql, period.parameters | more)
