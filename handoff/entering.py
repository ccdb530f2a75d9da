"""Whether a center may enter the queue now, and how (domain.md §4, "Who does not queue" and after). Pure.

Time is counted in whole UTC days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Entry(StrEnum):
    """What becomes of a center that qualified or raised its hand, and has no open handoff."""

    OPEN = "open"  # a new handoff
    REOPEN = "reopen"  # the withdrawn one goes on
    CUSTOMER = "customer"  # a present customer: the owner is told
    OPPORTUNITY = "opportunity"  # an open opportunity: the owner is told
    SHOWN_ELSEWHERE = "shown_elsewhere"  # the whole account, or a named center of it, has an open handoff
    LATER = "later"  # closed before: not until a date


@dataclass(frozen=True, slots=True)
class Closing:
    """How the center's last handoff ended."""

    state: str
    closed_on: dt.date
    comeback_on: dt.date | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What else is going on at the account.

    `elsewhere`: an open handoff of its whole (for a named center) or of a named center (for the whole).
    """

    open_opportunity: bool = False
    present_customer: bool = False
    expansion: bool = False
    elsewhere: bool = False
    last: Closing | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The model's days and margins."""

    grace_days: int = 7
    reopen_within_days: int = 90
    requalify_after_days: int = 90
    requalify_score_jump: float = 15.0
    hand_raise_days: int = 7


def entry(standing: Standing, terms: Terms, *, today: dt.date, score: float | None, hand_raise: bool) -> Entry:
    """What to do with a center that qualifies (or raised its hand) on `today` with `score`."""
    if standing.open_opportunity:
        return Entry.OPPORTUNITY
    if standing.present_customer and not standing.expansion:
        return Entry.CUSTOMER
    if standing.elsewhere:
        return Entry.SHOWN_ELSEWHERE
    if standing.last is None:
        return Entry.OPEN
    return _after(standing.last, terms, today=today, score=score, hand_raise=hand_raise)


def _after(last: Closing, terms: Terms, *, today: dt.date, score: float | None, hand_raise: bool) -> Entry:
    if last.state == "withdrawn":
        within = (today - last.closed_on).days <= terms.reopen_within_days
        return Entry.REOPEN if within else Entry.OPEN
    if hand_raise or today >= reenters_on(last, terms) or _jumped(last, score, terms):
        return Entry.OPEN
    return Entry.LATER


def reenters_on(last: Closing, terms: Terms) -> dt.date:
    """From which day a closed one may enter again: the rep's date, else `requalify_after_days` after the closing."""
    return last.comeback_on or last.closed_on + dt.timedelta(days=terms.requalify_after_days)


def _jumped(last: Closing, score: float | None, terms: Terms) -> bool:
    return score is not None and last.score is not None and score >= last.score + terms.requalify_score_jump


def has_cooled(cooling_since: dt.date, terms: Terms, *, today: dt.date) -> bool:
    """True once it has not qualified on `grace_days` whole days running, `cooling_since` being the first."""
    return (today - cooling_since).days >= terms.grace_days


def is_fresh(raised_on: dt.date, terms: Terms, *, today: dt.date) -> bool:
    """True for a hand-raise that is not older than `hand_raise_days`."""
    return (today - raised_on).days <= terms.hand_raise_days
