"""Touches, intent, scoring models, and what a model said of whom."""

from .catalogue import IntentTopic, MappingRule, Theme, ThemeRule, TouchType
from .evaluation import CenterState, Decision, RescoreRequest, ScoringFailure, Transition
from .inbox import EventConflict, IngestCount, SetAsideEvent
from .intent import IntentSignal
from .model import ModelPublication, ScoringModel
from .touch import PastReading, Touch, TouchLedger

__all__ = [
    "CenterState",
    "Decision",
    "EventConflict",
    "IngestCount",
    "IntentSignal",
    "IntentTopic",
    "MappingRule",
    "ModelPublication",
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
