"""The one table of the desk: which move leads from which state to which, who makes it, what it needs (domain.md §5).

Pure. Actions, pages and API ask this table and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Hat(StrEnum):
    """What somebody is to a handoff."""

    SYSTEM = "system"
    SDR = "sdr"  # may work the queue
    MANAGER = "manager"  # may assign
    HOLDER = "holder"  # has it now: the SDR who claimed it, from the pass on the AE


class Need(StrEnum):
    """What a move needs before it can be made."""

    OFFERED_BACK = "offered_back"
    USER = "user"
    AE = "ae"
    STAKEHOLDER = "stakeholder"
    COMPLETENESS = "completeness"
    SUMMARY = "summary"
    REASON = "reason"
    CRITERION = "criterion"
    COMMENT = "comment"
    OPPORTUNITY = "opportunity"
    AMOUNT = "amount"
    DATE = "date"


# Needs that the handoff itself must meet; all others are asked in the form of the move.
STANDING_NEEDS = frozenset({Need.OFFERED_BACK, Need.STAKEHOLDER, Need.COMPLETENESS})

NEED_WORDS: Mapping[Need, str] = {
    Need.OFFERED_BACK: "that its holder let it lie until it was offered back",
    Need.USER: "a person to give it to",
    Need.AE: "a named AE",
    Need.STAKEHOLDER: "at least one validated stakeholder in the buying group",
    Need.COMPLETENESS: "a more complete buying group",
    Need.SUMMARY: "a summary note",
    Need.REASON: "a reason",
    Need.CRITERION: "the criterion that does not fit",
    Need.COMMENT: "a comment",
    Need.OPPORTUNITY: "an open opportunity of the account, or a new one with name, amount, currency and expected close",
    Need.AMOUNT: "an amount",
    Need.DATE: "a date",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    action: str
    source: str  # "" before the first state
    to: str
    who: frozenset[Hat]
    needs: tuple[Need, ...] = ()
    label: str = ""

    @property
    def by_system(self) -> bool:
        """True when nobody can press a button for it."""
        return self.who == {Hat.SYSTEM}


def _rows(action: str, sources: str, to: str, *who: Hat, needs: Iterable[Need] = (), label: str = "") -> list[Move]:
    """A row for each of the blank-separated `sources`; `to` "=" stays in the state."""
    return [
        Move(action, source, source if to == "=" else to, frozenset(who), tuple(needs), label)
        for source in sources.split()
    ]


TABLE: dict[tuple[str, str], Move] = {
    (move.source, move.action): move
    for move in [
        Move("open", "", "queued", frozenset({Hat.SYSTEM})),
        *_rows("reopen", "withdrawn", "queued", Hat.SYSTEM),
        *_rows("withdraw", "queued", "withdrawn", Hat.SYSTEM),
        *_rows("claim", "queued", "working", Hat.SDR, label="Claim"),
        *_rows("take_over", "working", "working", Hat.SDR, needs=[Need.OFFERED_BACK], label="Take over"),
        *_rows("assign", "queued", "working", Hat.MANAGER, needs=[Need.USER], label="Assign"),
        *_rows(
            "reassign", "working passed accepted opportunity", "=", Hat.MANAGER, needs=[Need.USER], label="Reassign"
        ),
        *_rows("release", "working", "queued", Hat.HOLDER, label="Release"),
        *_rows(
            "pass",
            "working",
            "passed",
            Hat.HOLDER,
            needs=[Need.AE, Need.STAKEHOLDER, Need.COMPLETENESS, Need.SUMMARY],
            label="Pass to AE",
        ),
        *_rows("accept", "passed", "accepted", Hat.HOLDER, label="Accept"),
        *_rows("return", "passed", "working", Hat.HOLDER, needs=[Need.REASON, Need.COMMENT], label="Return to SDR"),
        *_rows(
            "opportunity", "accepted", "opportunity", Hat.HOLDER, needs=[Need.OPPORTUNITY], label="Open opportunity"
        ),
        *_rows("win", "opportunity", "won", Hat.HOLDER, needs=[Need.AMOUNT, Need.DATE], label="Won"),
        *_rows("lose", "opportunity", "lost", Hat.HOLDER, needs=[Need.REASON, Need.DATE], label="Lost"),
        *_rows(
            "recycle",
            "working passed accepted",
            "recycled",
            Hat.HOLDER,
            needs=[Need.REASON, Need.DATE],
            label="Recycle",
        ),
        *_rows("disqualify", "queued", "disqualified", Hat.SDR, needs=[Need.REASON], label="Disqualify"),
        *_rows("disqualify", "working accepted", "disqualified", Hat.HOLDER, needs=[Need.REASON], label="Disqualify"),
    ]
}

STATES = (
    "queued",
    "working",
    "passed",
    "accepted",
    "opportunity",
    "won",
    "lost",
    "recycled",
    "disqualified",
    "withdrawn",
)
ACTIONS = tuple(dict.fromkeys(action for _, action in TABLE))
# Moves of people, which the one who made them may take back for a moment.
UNDOABLE = frozenset(move.action for move in TABLE.values() if not move.by_system)


def find(state: str, action: str) -> Move | None:
    """The row for `action` from `state`; None where there is none."""
    return TABLE.get((state, action))


def sources_of(action: str) -> tuple[str, ...]:
    """The states from which `action` leads somewhere, in the order of the journey."""
    return tuple(state for state in STATES if (state, action) in TABLE)


def moves_from(state: str, hats: Iterable[Hat]) -> list[Move]:
    """The moves that somebody with `hats` may make from `state`, in the table's order."""
    worn = frozenset(hats)
    return [move for (source, _), move in TABLE.items() if source == state and move.who & worn]
