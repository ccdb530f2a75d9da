"""The starter catalogue of touch types (domain section 8), as the rows that decide scoring.

`(key, tier, direction, minutes, hand_raise, decision_stage, weight)`; weight None means: the tier's weight.

Reading of the table: a mark in brackets after several names belongs to all of them, as "(hand-raise, decision stage)"
after `demo_request`, `contact_request` plainly does. So "`email_click`, `email_open` (weight 0)" gives neither any points
("1 and 0" are their minutes); an admin who wants clicks to count gives the type a weight.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class StarterType(NamedTuple):
    """One row of the catalogue."""

    key: str
    tier: Literal["high", "mid", "low"]
    direction: Literal["inbound", "outbound"]
    minutes: float
    hand_raise: bool = False
    decision_stage: bool = False
    weight: float | None = None


STARTER_TYPES: tuple[StarterType, ...] = (
    StarterType("pricing_page", "high", "inbound", 1, decision_stage=True),
    StarterType("demo_request", "high", "inbound", 5, hand_raise=True, decision_stage=True),
    StarterType("contact_request", "high", "inbound", 5, hand_raise=True, decision_stage=True),
    StarterType("comparison", "high", "inbound", 1),
    StarterType("trial_started", "high", "inbound", 10, decision_stage=True),
    StarterType("roi_calculator", "high", "inbound", 5),
    StarterType("webinar_attended", "mid", "inbound", 30),
    StarterType("event_attended", "mid", "inbound", 30),
    StarterType("case_study", "mid", "inbound", 10),
    StarterType("content_download", "mid", "inbound", 10),
    StarterType("product_page", "mid", "inbound", 1),
    StarterType("email_reply", "mid", "inbound", 2),
    StarterType("webinar_registered", "low", "inbound", 1),
    StarterType("email_click", "low", "inbound", 1, weight=0),
    StarterType("email_open", "low", "inbound", 0, weight=0),
    StarterType("blog_page", "low", "inbound", 1),
    StarterType("page_other", "low", "inbound", 1),
    StarterType("call", "low", "outbound", 5, weight=0),
    StarterType("email_sent", "low", "outbound", 1, weight=0),
    StarterType("message_sent", "low", "outbound", 1, weight=0),
    StarterType("meeting_held", "high", "inbound", 30, weight=10),
    StarterType("unmapped", "low", "inbound", 0, weight=0),
)
