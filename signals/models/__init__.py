"""Touches, intent, scoring models, and what a model said of whom."""

from .catalogue import IntentTopic, MappingRule, Theme, ThemeRule, TouchType
from .evaluation import CenterState, DailyRun, Decision, RescoreRequest, ScoringFailure, Transition
from .inbox import EventConflict, IngestCount, SetAsideEvent
from .intent import IntentSignal
from .model import ModelPublication, ScoringModel
from .mql import MqlSpell
from .touch import PastReading, Touch, TouchLedger

__all__ = [
    "CenterState",
    "DailyRun",
    "Decision",
    "EventConflict",
    "IngestCount",
    "IntentSignal",
    "IntentTopic",
    "MappingRule",
    "ModelPublication",
    "MqlSpell",
    "PastReading",
    "RescoreRequest",
    "ScoringFailure",
    "ScoringModel",
    "SetAsideEvent",
    "Theme",
    "ThemeRule",
    "Touch",
    "TouchLedger",
    "TouchType",
    "Transition",
]
