"""Qualification policies as data: rules, any of which suffices, by segment (domain section 4).

Pure: pydantic only. What holds for a center is computed in `signals.policy_rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Tier = Literal["high", "mid", "low"]
Days = Annotated[int, Field(ge=1, le=730)]
People = Annotated[int, Field(ge=1, le=1000)]
Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonaPoints(_Frozen):
    """At least `min_people` people of key personas with points in `days`, whose points there sum to `min_points`."""

    kind: Literal["persona_points"] = "persona_points"
    min_people: People = 2
    min_points: Amount = 30.0
    days: Days = 30
    distinct_personas: bool = False


class QualifiedLeads(_Frozen):
    """At least `min_people` MQLs."""

    kind: Literal["qualified_leads"] = "qualified_leads"
    min_people: People = 2


class QualifiedPersonas(_Frozen):
    """At least `min_people` MQLs of key personas (of different personas if asked)."""

    kind: Literal["qualified_personas"] = "qualified_personas"
    min_people: People = 3
    distinct_personas: bool = False


class Minutes(_Frozen):
    """At least `min_minutes` inbound minutes in `days`, and `min_people` known people with `min_person_minutes` each."""

    kind: Literal["minutes"] = "minutes"
    min_minutes: Amount = 60.0
    days: Days = 30
    min_people: People = 2
    min_person_minutes: Amount = 10.0


Rule = Annotated[
    PersonaPoints | QualifiedLeads | QualifiedPersonas | Minutes,
    Field(discriminator="kind"),
]


RULE_KINDS: dict[str, type[PersonaPoints | QualifiedLeads | QualifiedPersonas | Minutes]] = {
    "persona_points": PersonaPoints,
    "qualified_leads": QualifiedLeads,
    "qualified_personas": QualifiedPersonas,
    "minutes": Minutes,
}


class Policy(_Frozen):
    """What a segment asks of the threshold gate beside the score.

    `min_executives`, `min_tier` (highest tier reached in the progression window) and `require_momentum` (more points than
    in the window before) are off by default. With `expansion` present customers enter the queue too.
    """

    rules: tuple[Rule, ...] = Field(min_length=1, max_length=20)
    require_intent_surge: bool = False
    min_executives: int = Field(default=0, ge=0, le=1000)
    min_tier: Tier | None = None
    require_momentum: bool = False
    expansion: bool = False


def target_default() -> PersonaPoints:
    """Preset: two people of key personas with 30 points in 30 days."""
    return PersonaPoints(min_people=2, min_points=30.0, days=30)


def other_default() -> PersonaPoints:
    """Preset: two people of key personas with 100 points in 60 days."""
    return PersonaPoints(min_people=2, min_points=100.0, days=60)


def two_qualified_leads() -> QualifiedLeads:
    """Preset: two MQLs."""
    return QualifiedLeads(min_people=2)


def three_key_personas_qualified() -> QualifiedPersonas:
    """Preset: MQLs of three different key personas."""
    return QualifiedPersonas(min_people=3, distinct_personas=True)


def sixty_minutes_two_people() -> Minutes:
    """Preset: 60 inbound minutes, two people with 10 minutes or more each."""
    return Minutes(min_minutes=60.0, days=30, min_people=2, min_person_minutes=10.0)


# Name shown in the editor, and what it starts from.
PRESETS = {
    "Target accounts: 2 key people, 30 points in 30 days": target_default,
    "Other accounts: 2 key people, 100 points in 60 days": other_default,
    "2 qualified leads": two_qualified_leads,
    "3 key personas qualified": three_key_personas_qualified,
    "60 minutes, 2 people over 10": sixty_minutes_two_people,
}
