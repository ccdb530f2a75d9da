"""The API's routes of accounts and the desk beside the first ones in mqa_site/api.py."""

from rest_framework.routers import SimpleRouter

from accounts.api_companies import AccountIdentifierViewSet, DomainViewSet
from accounts.api_technologies import TechnologyViewSet
from handoff.api_centers import BuyingCenterViewSet
from handoff.api_groups import BuyingGroupMemberViewSet
from handoff.api_notes import NoteViewSet
from handoff.api_notices import NoticeViewSet
from handoff.api_people import DeskContactViewSet, DeskTouchViewSet
from handoff.api_rules import AssignmentRuleViewSet
from handoff.api_settings import (
    BuyingGroupTemplateViewSet,
    HolidayViewSet,
    ReasonViewSet,
    SlaEventViewSet,
    SlaPolicyViewSet,
)
from handoff.api_targets import TargetViewSet
from handoff.api_team import TeamViewSet, UserViewSet
from handoff.api_triage import TriageViewSet
from handoff.api_views import SavedViewViewSet
from handoff.api_webhooks import WebhookMessageViewSet, WebhookViewSet


def register(router: SimpleRouter) -> None:
    """Add them to a router."""
    router.register("account-identifiers", AccountIdentifierViewSet, basename="api-account-identifier")
    router.register("assignment-rules", AssignmentRuleViewSet, basename="api-assignment-rule")
    router.register("buying-centers", BuyingCenterViewSet, basename="api-buying-center")
    router.register("buying-group-members", BuyingGroupMemberViewSet, basename="api-buying-group-member")
    router.register("buying-group-templates", BuyingGroupTemplateViewSet, basename="api-buying-group-template")
    router.register("contacts", DeskContactViewSet, basename="api-contact")
    router.register("domains", DomainViewSet, basename="api-domain")
    router.register("holidays", HolidayViewSet, basename="api-holiday")
    router.register("notes", NoteViewSet, basename="api-note")
    router.register("notices", NoticeViewSet, basename="api-notice")
    router.register("reasons", ReasonViewSet, basename="api-reason")
    router.register("saved-views", SavedViewViewSet, basename="api-saved-view")
    router.register("sla-events", SlaEventViewSet, basename="api-sla-event")
    router.register("sla-policies", SlaPolicyViewSet, basename="api-sla-policy")
    router.register("targets", TargetViewSet, basename="api-target")
    router.register("teams", TeamViewSet, basename="api-team")
    router.register("technologies", TechnologyViewSet, basename="api-technology")
    router.register("touches", DeskTouchViewSet, basename="api-touch")
    router.register("triage", TriageViewSet, basename="api-triage")
    router.register("users", UserViewSet, basename="api-user")
    router.register("webhook-messages", WebhookMessageViewSet, basename="api-webhook-message")
    router.register("webhooks", WebhookViewSet, basename="api-webhook")
