"""Touches, intent, scoring models, and what a model said of whom."""

from .catalogue import IntentTopic, MappingRule, Theme, ThemeRule, TouchType, TrafficRule
from .evaluation import CenterState, DailyRun, Decision, EngagementDay, RescoreRequest, ScoringFailure, Transition
from .inbox import EventConflict, IngestCount, SetAsideEvent
from .intent import IntentSignal, PastMatch, PastTopicTheme
from .model import ModelPublication, ScoringModel
from .mql import MqlSpell
from .preview import BacktestPart, BacktestRun
from .runs import TouchRun
from .sums import CampaignDay, TouchChange, TouchMonth, TouchYear
from .touch import PastReading, Touch, TouchLedger
from .upkeep import IgnoredOrigin, Remapping

__all__ = [
    "BacktestPart",
    "BacktestRun",
    "CampaignDay",
    "CenterState",
    "DailyRun",
    "Decision",
    "EngagementDay",
    "EventConflict",
    "IgnoredOrigin",
    "IngestCount",
    "IntentSignal",
    "IntentTopic",
    "MappingRule",
    "ModelPublication",
    "MqlSpell",
    "PastMatch",
    "PastReading",
    "PastTopicTheme",
    "Remapping",
    "RescoreRequest",
    "ScoringFailure",
    "ScoringModel",
    "SetAsideEvent",
    "Theme",
    "ThemeRule",
    "Touch",
    "TouchChange",
    "TouchLedger",
    "TouchMonth",
    "TouchRun",
    "TouchType",
    "TouchYear",
    "TrafficRule",
    "Transition",
]
