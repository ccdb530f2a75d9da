"""The desk: handoffs and their events, buying groups, notes, clocks, opportunities, notices."""

from .buying_group import BuyingGroup, BuyingGroupMember, BuyingGroupTemplate, TemplateRole
from .handoff import Handoff, HandoffEvent, HandoffState, Reason
from .note import Note
from .notice import Notice, OutboxMessage
from .opportunity import Opportunity
from .sla import DeskPolicy, Holiday, SlaEvent
from .triage import TriageItem

__all__ = [
    "BuyingGroup",
    "BuyingGroupMember",
    "BuyingGroupTemplate",
    "DeskPolicy",
    "Handoff",
    "HandoffEvent",
    "HandoffState",
    "Holiday",
    "Note",
    "Notice",
    "Opportunity",
    "OutboxMessage",
    "Reason",
    "SlaEvent",
    "TemplateRole",
    "TriageItem",
]
