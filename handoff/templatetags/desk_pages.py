"""Filters that only the desk's own templates use: {% load desk_pages %}. The design system's are in desk. No queries."""

from datetime import date
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Account
from accounts.templatetags.desk import emphasise
from handoff import shown
from handoff.models import Handoff, HandoffEvent
from signals.models import CenterState
from signals.telling import line_of

register = template.Library()


@register.filter
def subline(account: Account) -> str:
    """“Target · Logistics · 1,200 people”."""
    return shown.subline(account)


@register.filter
def none(value: Any) -> Any:
    """What a template left empty (a center without a state) as None, which marks read as not evaluated."""
    return None if value == "" else value


@register.filter
def tiers(state: CenterState | str, today: date) -> list[tuple[float, float, float]]:
    """The 90-day strip of a state."""
    return shown.tiers(state.strip, today) if isinstance(state, CenterState) else []


@register.filter
def why(state: CenterState | str) -> SafeString | str:
    """Why now, with the theme set apart."""
    if not isinstance(state, CenterState):
        return ""
    return emphasise(line_of(state), state.theme.name if state.theme_id and state.theme else "")


@register.filter
def clock(handoff: Handoff) -> shown.Clock | None:
    """The clock that runs."""
    return shown.clock(handoff)


@register.filter
def mentions(text: str) -> SafeString:
    """A note's text with @names set apart."""
    words = [
        format_html("<b>{}</b>", word) if word.startswith("@") and len(word) > 1 else conditional_escape(word)
        for word in text.split(" ")
    ]
    return mark_safe(" ".join(words))  # noqa: S308 - every word was escaped above


EVENTS = {
    "open": ("Into the queue", "good"),
    "reopen": ("Back in the queue", "good"),
    "withdraw": ("Withdrawn: it had cooled", ""),
    "claim": ("Claimed", "accent"),
    "take_over": ("Taken over", "accent"),
    "assign": ("Assigned", "accent"),
    "reassign": ("Reassigned", "accent"),
    "release": ("Released", ""),
    "pass": ("Passed to AE", "accent"),
    "accept": ("Accepted", "good"),
    "return": ("Returned", "bad"),
    "opportunity": ("Opportunity opened", "good"),
    "win": ("Won", "good"),
    "lose": ("Lost", "bad"),
    "recycle": ("Recycled", ""),
    "disqualify": ("Disqualified", "bad"),
    "undo": ("Undone", ""),
    "hand_raise": ("A hand was raised", "accent"),
    "qualified": ("Qualified as an MQA", "good"),
    "cooling": ("Began to cool", ""),
    "warm": ("Qualifies again", "good"),
    "split": ("Split off", ""),
    "merge": ("Withdrawn: the account was merged", ""),
    "touch_wrong": ("A touch was marked as wrong", ""),
    "offer_back": ("Offered back to the pool", ""),
    "routed": ("Given by a rule", ""),
}


@register.filter
def event_words(event: HandoffEvent) -> str:
    """What happened, as history says it."""
    words = EVENTS.get(event.action, (event.action.replace("_", " ").capitalize(), ""))[0]
    return f"Passed to {event.handoff.ae}" if event.action == "pass" and event.handoff.ae else words


@register.filter
def event_kind(event: HandoffEvent) -> str:
    """Whether it is good news, bad news, or neither."""
    return EVENTS.get(event.action, ("", ""))[1]
