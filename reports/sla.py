"""Clocks kept and missed by stage and person, and reasons counted (domain.md §6): one query each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports import asking
from reports.deals import HANDOFF_OF_SOURCE, NOW_IN_SEGMENT, OF_MODEL, OF_PERSONS_TEAM
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


@dataclass(frozen=True)
class Pair:
    """How an AE answered the passes of an SDR (None: nobody is known, or has an account any more)."""

    sdr_id: int | None
    sdr: str
    ae_id: int | None
    ae: str
    accepted: int
    returned: int

    @property
    def share(self) -> Share:
        """Of the passes answered, those accepted."""
        return Share(self.accepted, self.accepted + self.returned)


HOWS = ("kept", "late", "running")
ACTIONS = ("return", "recycle", "disqualify", "lose")
ANSWERS = ("accept", "return")
# What was undone did not happen.
_NOT_UNDONE = """(e.handoff_id, e.id) NOT IN (
        SELECT handoff_id, (data->>'event')::bigint FROM handoff_handoffevent
        WHERE action = 'undo' AND data->>'event' IS NOT NULL)"""
# Where nothing narrows them, no handoff is looked up.
_OF_HANDOFF = f"""(%(segment)s = '' AND %(source)s = '' AND %(model)s::int IS NULL OR e.handoff_id IN (
        SELECT h.id FROM handoff_handoff h
        WHERE {NOW_IN_SEGMENT.format(account="h.account_id")}
          AND {HANDOFF_OF_SOURCE} AND {OF_MODEL}))"""  # noqa: S608
# A clock ends with a move, or with the first outreach.
_ENDS = f"""
    SELECT e.handoff_id, e.at, e.by_id AS person,
           CASE WHEN e.from_state = 'queued' THEN 'claim' WHEN e.from_state = 'working' THEN 'decision' ELSE 'answer' END
               AS clock
    FROM handoff_handoffevent e
    WHERE {{of_event}} AND (
        (e.from_state = 'queued' AND e.to_state IN ('working', 'disqualified') AND e.by_id IS NOT NULL)
        OR (e.from_state = 'working' AND e.to_state IN ('passed', 'recycled', 'disqualified'))
        OR (e.from_state = 'passed' AND e.to_state IN ('accepted', 'working', 'recycled'))
    ) AND {_NOT_UNDONE}
    UNION ALL
    SELECT h.id, h.outreach_at, h.claimed_by_id, 'outreach'
    FROM handoff_handoff h
    WHERE {{of_handoff}} AND h.claimed_by_id IS NOT NULL"""  # noqa: S608 - constants of this module alone
_IN_PERIOD = _ENDS.format(
    of_event="e.at >= %(start)s AND e.at < %(end)s", of_handoff="h.outreach_at >= %(start)s AND h.outreach_at < %(end)s"
)
_AFTER_IT = _ENDS.format(
    of_event="e.at >= %(end)s AND e.handoff_id IN (SELECT handoff_id FROM missed)",
    of_handoff="h.outreach_at >= %(end)s AND h.id IN (SELECT handoff_id FROM missed)",
)
# That the event `b` starts the clock of the breach `s` anew: a claim, an assignment, a return, another pass. Releasing does not.
_STARTS = """b.action <> 'undo' AND CASE s.clock
        WHEN 'answer' THEN b.to_state = 'passed'
        WHEN 'claim' THEN b.to_state = 'queued' AND b.from_state <> 'queued' AND b.action <> 'release'
        WHEN 'outreach' THEN b.to_state = 'working' AND b.action <> 'return'
        ELSE b.to_state = 'working' END"""
# It ended late when its breach was recorded before that, and it did not start anew in between. Breaches are few beside moves:
# they are looked up, and each move is asked for among what they made late.
_COUNTED = f"""
WITH ended AS MATERIALIZED ({_IN_PERIOD}), missed AS MATERIALIZED (
    SELECT handoff_id, clock, due_at, by_holder_id FROM handoff_slaevent
    WHERE kind = 'breach' AND clock <> 'idle' AND due_at >= %(start)s AND due_at < %(end)s
), late AS MATERIALIZED (
    SELECT j.handoff_id, j.clock, j.at, s.due_at
    FROM handoff_slaevent s JOIN (
        SELECT handoff_id, clock, at FROM ended UNION ALL SELECT handoff_id, clock, at FROM ({_AFTER_IT}) later
    ) j ON j.handoff_id = s.handoff_id AND j.clock = s.clock
    WHERE s.kind = 'breach' AND s.due_at <= j.at AND NOT EXISTS (
        SELECT FROM handoff_handoffevent b
        WHERE b.handoff_id = s.handoff_id AND b.at > s.due_at AND b.at < j.at AND {_STARTS})
), counted AS (
    SELECT clock, person, handoff_id, at,
           CASE WHEN (handoff_id, clock, at) IN (SELECT handoff_id, clock, at FROM late) THEN 'late' ELSE 'kept' END AS how
    FROM ended
    UNION ALL
    SELECT clock, by_holder_id, handoff_id, due_at, 'running' FROM missed
    WHERE (handoff_id, clock, due_at) NOT IN (SELECT handoff_id, clock, due_at FROM late)
), found AS (
    SELECT e.* FROM counted e WHERE {_OF_HANDOFF} AND {OF_PERSONS_TEAM.format(person="e.person")}
)
"""  # noqa: S608 - constants of this module alone
_CLOCKS = """
SELECT f.clock, f.person, COALESCE(u.name, 'Nobody yet') AS name, f.kept, f.late, f.running, f.is_since
FROM (
    SELECT clock, person, at >= %(since)s AS is_since, count(*) FILTER (WHERE how = 'kept') AS kept,
           count(*) FILTER (WHERE how = 'late') AS late, count(*) FILTER (WHERE how = 'running') AS running
    FROM found GROUP BY clock, person, is_since
) f LEFT JOIN accounts_user u ON u.id = f.person
ORDER BY array_position(ARRAY['claim', 'outreach', 'decision', 'answer'], f.clock::text), name, f.person
"""
_ENDED = """
SELECT h.account_id, a.name, f.clock, COALESCE(u.name, 'Nobody yet'), f.at, f.how
FROM found f
JOIN handoff_handoff h ON h.id = f.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN accounts_user u ON u.id = f.person
WHERE f.clock = %(clock)s AND (%(how)s = '' OR f.how = %(how)s)
  AND (%(person)s = '' OR COALESCE(f.person::text, 'nobody') = %(person)s)
ORDER BY f.at, f.handoff_id
"""

_MOVED = f"""e.at >= %(start)s AND e.at < %(end)s AND e.action = ANY(%(actions)s) AND {_NOT_UNDONE} AND {_OF_HANDOFF}
  AND {OF_PERSONS_TEAM.format(person="e.by_id")}"""
_REASONS = f"""
SELECT e.action, r.id, COALESCE(r.label, 'No reason'), e.count
FROM (
    SELECT e.action, e.reason_id, count(*) AS count FROM handoff_handoffevent e WHERE {_MOVED} GROUP BY e.action, e.reason_id
) e LEFT JOIN handoff_reason r ON r.id = e.reason_id
ORDER BY e.action, e.count DESC, r.label
"""  # noqa: S608 - constants of this module alone
# Who passed what the event `e` answers.
_PASSED_BY = """(
        SELECT p.by_id FROM handoff_handoffevent p WHERE p.handoff_id = e.handoff_id AND p.action = 'pass' AND p.at <= e.at
        ORDER BY p.at DESC, p.id DESC LIMIT 1)"""
_PAIRS = f"""
SELECT f.sdr, COALESCE(s.name, 'Nobody known'), f.ae, COALESCE(a.name, 'Nobody known'), f.accepted, f.returned
FROM (
    SELECT sdr, by_id AS ae, count(*) FILTER (WHERE action = 'accept') AS accepted,
           count(*) FILTER (WHERE action = 'return') AS returned
    FROM (SELECT e.by_id, e.action, {_PASSED_BY} AS sdr FROM handoff_handoffevent e WHERE {_MOVED}) e
    GROUP BY sdr, by_id
) f LEFT JOIN accounts_user s ON s.id = f.sdr LEFT JOIN accounts_user a ON a.id = f.ae
ORDER BY 2, 4, f.sdr, f.ae
"""  # noqa: S608 - constants of this module alone
_MOVE_ROWS = f"""
SELECT a.id, a.name, e.at, e.action, COALESCE(u.name, ''), COALESCE(r.label, ''), e.comment
FROM handoff_handoffevent e
JOIN handoff_handoff h ON h.id = e.handoff_id
JOIN accounts_account a ON a.id = h.account_id
LEFT JOIN handoff_reason r ON r.id = e.reason_id
LEFT JOIN accounts_user u ON u.id = e.by_id
WHERE {_MOVED} AND (%(reason)s = '' OR COALESCE(r.id::text, 'none') = %(reason)s)
  AND (%(ae)s = '' OR COALESCE(e.by_id::text, 'nobody') = %(ae)s)
  AND (%(sdr)s = '' OR COALESCE({_PASSED_BY}::text, 'nobody') = %(sdr)s)
ORDER BY e.at, e.id
"""  # noqa: S608 - constants of this module alone


def clocks(period: Period) -> list[Clock]:
    """Every clock that ended, or ran out, in the period; by clock and by the person who ended or held it."""
    return [Clock(*row) for *row, _ in _query(_COUNTED + _CLOCKS, period, since=period.start_at)]


def clocks_both(period: Period, before: Period) -> tuple[list[Clock], list[Clock]]:
    """What `clocks` gives of each; of a period and the days right before it moves are read once."""
    both = period.joined(before)
    if both is None:
        return clocks(period), clocks(before)
    found: dict[bool, list[Clock]] = {True: [], False: []}
    for *row, is_since in _query(_COUNTED + _CLOCKS, both, since=period.start_at):
        found[is_since].append(Clock(*row))
    return found[True], found[False]


def ended(period: Period, *, clock: str, how: str = "", person: str = "") -> list[Ended]:
    """The clocks that `clocks` counts: of this kind, ended so (of HOWS), of this person (an id or "nobody")."""
    return [Ended(*row) for row in _query(_COUNTED + _ENDED, period, clock=clock, how=how, person=person)]


def reasons(period: Period) -> list[ReasonCount]:
    """Acceptances, returns, recycles, disqualifications and losses of the period by reason."""
    return [ReasonCount(*row) for row in _query(_REASONS, period, actions=[*ACTIONS, "accept"])]


def acceptance(rows: Sequence[ReasonCount]) -> Share:
    """Of the passes answered the share that the AE accepted."""
    accepted, returned = (sum(row.count for row in rows if row.action == action) for action in ANSWERS)
    return Share(accepted, accepted + returned)


def pairs(period: Period) -> list[Pair]:
    """The passes that AEs answered, by SDR and AE."""
    return [Pair(*row) for row in _query(_PAIRS, period, actions=list(ANSWERS))]


def moves(period: Period, *, actions: Sequence[str], reason: str = "", sdr: str = "", ae: str = "") -> list[Move]:
    """The moves of these kinds that are counted, with this reason (an id or "none"), by this AE of what this SDR had passed
    (an id or "nobody").
    """
    asked = {"actions": list(actions), "reason": reason, "sdr": sdr, "ae": ae}
    return [Move(*row) for row in _query(_MOVE_ROWS, period, **asked)]


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    return asking.rows(sql, period.parameters | more)
