"""The desk: handoffs and their events, buying groups, notes, clocks, opportunities, notices."""

from .assignment import AssignmentRule
from .buying_group import (
    BuyingGroup,
    BuyingGroupMember,
    BuyingGroupTemplate,
    BuyingRole,
    BuyingRoleSpell,
    TemplateRole,
)
from .handoff import CLOSED_STATES, OPEN_STATES, Handoff, HandoffEvent, HandoffState, Reason
from .note import Note
from .notice import Notice, OutboxMessage
from .notice_choice import DigestChoice, NoticeChoice
from .opportunity import Opportunity
from .revenue import RevenueEvent
from .sla import DeskPolicy, Holiday, SlaEvent
from .triage import TriageItem
from .view import DefaultView, SavedView
from .webhook import WebhookAttempt, WebhookEndpoint

__all__ = [
    "CLOSED_STATES",
    "OPEN_STATES",
    "AssignmentRule",
    "BuyingGroup",
    "BuyingGroupMember",
    "BuyingGroupTemplate",
    "BuyingRole",
    "BuyingRoleSpell",
    "DefaultView",
    "DeskPolicy",
    "DigestChoice",
    "Handoff",
    "HandoffEvent",
    "HandoffState",
    "Holiday",
    "Note",
    "Notice",
    "NoticeChoice",
    "Opportunity",
    "OutboxMessage",
    "Reason",
    "RevenueEvent",
    "SavedView",
    "SlaEvent",
    "TemplateRole",
    "TriageItem",
    "WebhookAttempt",
    "WebhookEndpoint",
]
