"""The document of one scoring-model version: everything that decides (domain sections 2 to 4).

`ScoringConfig` is stored as JSON in the model version and never changes after publishing. It is frozen, refuses unknown
keys, and comes back from its own JSON equal. Errors name the field: see `field_errors`. Pure: no Django, no Polars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from accounts.criteria import Criterion, storable
from signals import policies as presets
from signals.policies import Minutes, PersonaPoints, Policy, Tier
from signals.starter_types import STARTER_TYPES

Seniority = Literal["c_level", "vp", "director", "manager", "other"]
Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=730)]

GATES = ("relevance", "cluster", "spread", "direction", "threshold")
TIERS: tuple[Tier, ...] = ("high", "mid", "low")
EXECUTIVES: tuple[Seniority, ...] = ("c_level", "vp")
MQA_STAGE = "mqa"
NOT_EVALUATED = "not evaluated yet"
STAGE_LENGTH = 40


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TouchTypeSpec(_Frozen):
    """What scoring knows of a touch type, as it was when the version was made."""

    tier: Tier = "low"
    direction: Literal["inbound", "outbound"] = "inbound"
    hand_raise: bool = False
    decision_stage: bool = False


class TierWeights(_Frozen):
    """Points of a touch by the tier of its type, before multiplier and decay."""

    high: Weight = 10.0
    mid: Weight = 5.0
    low: Weight = 1.0


class Multipliers(_Frozen):
    """By seniority; a visitor whom nobody knows counts as `anonymous`, unknown seniority as `other`."""

    c_level: Weight = 2.0
    vp: Weight = 1.5
    director: Weight = 1.25
    manager: Weight = 1.0
    other: Weight = 0.5
    anonymous: Weight = 0.5


class SignalWeights(_Frozen):
    """Shares of the three signals in the score. Intent's is dropped while no intent source delivers."""

    engagement: Weight = 0.6
    intent: Weight = 0.2
    fit: Weight = 0.2


class IntentRules(_Frozen):
    """Signals count for `window_days`; a topic surges at `surge`; a source is connected for `connected_days`."""

    window_days: Days = 21
    surge: Percent = 60.0
    connected_days: Days = 30


class Gates(_Frozen):
    """Thresholds of gates 2 to 5."""

    cluster_days: Days = 14
    recent_days: Days = 30
    cluster_person_days: int = Field(default=3, ge=1, le=10_000)
    min_contacts: int = Field(default=2, ge=1, le=1_000)
    min_person_points: Weight = 2.0
    min_theme_share: Share = 0.4
    mqa_score: float = Field(default=70.0, gt=0, le=100, allow_inf_nan=False)


class Band(_Frozen):
    """A stage from `lower` (inclusive) to the next band's `lower`, the last one to `gates.mqa_score`."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=STAGE_LENGTH), AfterValidator(storable)
    ]
    lower: Percent


class MqlRules(_Frozen):
    """A contact is an MQL from `points` of its own, and for `days` after the last day on which it had them."""

    points: Positive = 10.0
    days: int = Field(default=30, ge=0, le=365)


class Progression(_Frozen):
    """Windows of the highest tier reached and of momentum, each compared with the window before it."""

    tier_days: Days = 30
    momentum_days: Days = 14


class Handover(_Frozen):
    """Days and margins by which decisions open, withdraw and reopen handoffs (domain section 4)."""

    grace_days: int = Field(default=7, ge=0, le=365)
    reopen_within_days: int = Field(default=90, ge=0, le=730)
    requalify_after_days: int = Field(default=90, ge=0, le=730)
    requalify_score_jump: Percent = 15.0
    hand_raise_days: int = Field(default=7, ge=0, le=365)


class Policies(_Frozen):
    """By segment: named target accounts, and all others."""

    target: Policy = Policy(rules=(presets.target_default(),))
    other: Policy = Policy(rules=(presets.other_default(),))


def _starter_types() -> dict[str, TouchTypeSpec]:
    return {
        row.key: TouchTypeSpec(
            tier=row.tier, direction=row.direction, hand_raise=row.hand_raise, decision_stage=row.decision_stage
        )
        for row in STARTER_TYPES
    }


def _starter_weights() -> dict[str, float]:
    return {row.key: float(row.weight) for row in STARTER_TYPES if row.weight is not None}


class ScoringConfig(_Frozen):
    """One version of everything that decides. Defaults are the domain's.

    `touch_types` is a snapshot of the catalogue; a touch of a type that is not in it gives nothing. A type's weight is its
    entry in `type_weights`, else `outbound_weight` if it is outbound, else its tier's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    tier_weights: TierWeights = TierWeights()
    touch_types: dict[str, TouchTypeSpec] = Field(default_factory=_starter_types)
    type_weights: dict[str, Weight] = Field(default_factory=_starter_weights)
    outbound_weight: Weight = 0.0
    multipliers: Multipliers = Multipliers()
    half_life_days: Positive = 30.0
    lookback_days: Days = 90
    daily_cap: int = Field(default=3, ge=1, le=10_000)
    full_points: Positive = 50.0
    signal_weights: SignalWeights = SignalWeights()
    intent: IntentRules = IntentRules()
    criteria: tuple[Criterion, ...] = Field(default=(), max_length=200)
    min_fit: Percent = 50.0
    gates: Gates = Gates()
    bands: tuple[Band, ...] = Field(
        default=(Band(name="awareness", lower=0.0), Band(name="consideration", lower=40.0)), min_length=1, max_length=20
    )
    mql: MqlRules = MqlRules()
    progression: Progression = Progression()
    handover: Handover = Handover()
    key_personas: tuple[int, ...] = ()
    policies: Policies = Policies()

    @classmethod
    def default(cls) -> Self:
        """The domain's defaults with the starter catalogue, no criteria and no key personas."""
        return cls()

    @property
    def history_days(self) -> int:
        """How many UTC days of touches `evaluate` needs, today included: an MQL may rest on an earlier day's look-back."""
        return max(self.lookback_days + self.mql.days, self.handover.hand_raise_days + 1)

    def weight_of(self, key: str) -> float:
        """The weight of a touch type; 0 for a type this version does not know."""
        spec = self.touch_types.get(key)
        if spec is None:
            return 0.0
        if key in self.type_weights:
            return self.type_weights[key]
        if spec.direction == "outbound":
            return self.outbound_weight
        return float(getattr(self.tier_weights, spec.tier))

    def policy_for(self, *, is_target: bool) -> Policy:
        """The policy of the account's segment."""
        return self.policies.target if is_target else self.policies.other

    def stage_of(self, score: float, *, qualified: bool) -> str:
        """`mqa` if it qualifies, else the band of the score; above the last band it stays the last band's."""
        if qualified:
            return MQA_STAGE
        return [band.name for band in self.bands if band.lower <= score][-1]

    @field_validator("touch_types")
    @classmethod
    def _types_are_named(cls, value: dict[str, TouchTypeSpec]) -> dict[str, TouchTypeSpec]:
        if not value:
            raise ValueError("at least one touch type is needed")
        if any(not key.strip() for key in value):
            raise ValueError("a touch type needs a key")
        return value

    @field_validator("type_weights")
    @classmethod
    def _weights_are_of_known_types(cls, value: dict[str, float], info: Any) -> dict[str, float]:
        unknown = sorted(set(value) - set(info.data.get("touch_types", value)))
        if unknown:
            raise ValueError(f"no touch type is called {', '.join(unknown)}")
        return value

    @field_validator("signal_weights")
    @classmethod
    def _something_weighs(cls, value: SignalWeights) -> SignalWeights:
        if value.engagement + value.fit <= 0:
            raise ValueError(
                "engagement: engagement or fit needs a weight above 0, since intent's is dropped while no source is connected"
            )
        return value

    @field_validator("criteria")
    @classmethod
    def _criteria_are_distinct(cls, value: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        seen: set[str] = set()
        for criterion in value:
            if criterion.id in seen:
                raise ValueError(f"two criteria have the id '{criterion.id}'")
            seen.add(criterion.id)
        return value

    @field_validator("gates")
    @classmethod
    def _windows_fit_the_lookback(cls, value: Gates, info: Any) -> Gates:
        for name in ("cluster_days", "recent_days"):
            _refuse_beyond_lookback(name, getattr(value, name), info.data)
        return value

    @field_validator("bands")
    @classmethod
    def _bands_ascend_to_the_threshold(cls, value: tuple[Band, ...], info: Any) -> tuple[Band, ...]:
        if value[0].lower != 0:
            raise ValueError("0.lower: the first band begins at 0")
        for number, (before, after) in enumerate(pairwise(value), start=1):
            if after.lower <= before.lower:
                raise ValueError(f"{number}.lower: '{after.name}' must begin above '{before.name}'")
        names = [band.name.casefold() for band in value]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise ValueError(f"{number}.name: another band is called '{value[number].name}'")
            if name in {MQA_STAGE, NOT_EVALUATED}:
                raise ValueError(
                    f"{number}.name: '{value[number].name}' is no band, but what the desk calls something else"
                )
        gates = info.data.get("gates")
        if gates is not None and value[-1].lower >= gates.mqa_score:
            raise ValueError(
                f"{len(value) - 1}.lower: '{value[-1].name}' begins at {value[-1].lower:g}, which must be "
                f"below mqa_score ({gates.mqa_score:g}), "
                "the bound where the last band ends"
            )
        return value

    @field_validator("progression")
    @classmethod
    def _both_windows_fit(cls, value: Progression, info: Any) -> Progression:
        for name in ("tier_days", "momentum_days"):
            _refuse_beyond_lookback(name, getattr(value, name), info.data, times=2)
        return value

    @field_validator("key_personas")
    @classmethod
    def _personas_are_distinct(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @field_validator("policies")
    @classmethod
    def _rules_can_hold(cls, value: Policies, info: Any) -> Policies:
        for segment in ("target", "other"):
            for number, rule in enumerate(getattr(value, segment).rules):
                if isinstance(rule, PersonaPoints | Minutes):
                    _refuse_beyond_lookback(f"{segment}.rules.{number}.days", rule.days, info.data)
        return value


def _refuse_beyond_lookback(name: str, days: int, data: Mapping[str, Any], *, times: int = 1) -> None:
    lookback = data.get("lookback_days")
    if lookback is not None and times * days > lookback:
        twice = "this window and the one before it, " if times > 1 else ""
        raise ValueError(f"{name}: {twice}{times * days} days are more than the look-back of {lookback}")


_PLAIN = {
    "extra_forbidden": "there is no such field",
    "missing": "this is needed",
    "union_tag_not_found": f"say which kind of rule this is: {', '.join(presets.RULE_KINDS)}",
    "union_tag_invalid": f"kind is one of {', '.join(presets.RULE_KINDS)}",
    "too_short": "at least one is needed",
}


def field_errors(error: ValidationError) -> list[tuple[str, str]]:
    """`(path, message)` for each error, the path dotted ("gates.recent_days"), for a form to show beside the field."""
    found = []
    errors = error.errors(include_url=False, include_context=False)
    for item in errors:
        if item["type"] == "too_short" and any(_within(other, item) for other in errors):
            continue  # It is short of what was refused.
        # Of a rule the kind stands in the path as well, which is no step of the document.
        loc = item["loc"]
        path = [str(part) for n, part in enumerate(loc) if n < 2 or loc[n - 2] != "rules" or isinstance(part, int)]
        message = _PLAIN.get(item["type"]) or item["msg"].removeprefix("Value error, ")
        at = 3 if path[:1] == ["criteria"] else 1
        if path[at - 1 : at] == ["value"] and len(path) > at:
            # It may be of several kinds, and is none of them.
            path, message = path[:at], "this is text, a number, true, false, or a list of these"
        # A check of several fields names the one at fault before a colon.
        named = re.match(r"([\w.]+): (.+)", message, re.DOTALL)
        if named and item["type"] == "value_error":
            path.append(named[1])
            message = named[2]
        found.append((".".join(path), message))
    return list(dict.fromkeys(found))


def _within(inner: Any, outer: Any) -> bool:
    """Whether an error lies deeper within what another is about."""
    return bool(inner is not outer and inner["loc"][: len(outer["loc"])] == outer["loc"])
