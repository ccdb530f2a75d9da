"""The API's routes of configuration, of files, and of what came in and became no touch as meant."""

from rest_framework.routers import SimpleRouter

from accounts.api_catalogue import CustomFieldViewSet, KnownTechnologyViewSet, SeniorityRuleViewSet, SourceViewSet
from accounts.api_imports import ImportViewSet
from signals.api_catalogue import IntentTopicViewSet, PersonaViewSet, ThemeViewSet, TouchTypeViewSet
from signals.api_events import EventConflictViewSet, SetAsideEventViewSet, UnmappedEventViewSet
from signals.api_rules import MappingRuleViewSet, RemappingViewSet, ThemeRuleViewSet
from signals.api_traffic import TrafficRuleViewSet
from signals.api_unmatched import UnmatchedViewSet


def register(router: SimpleRouter) -> None:
    """Add them to a router."""
    router.register("custom-fields", CustomFieldViewSet, basename="api-custom-field")
    router.register("event-conflicts", EventConflictViewSet, basename="api-event-conflict")
    router.register("imports", ImportViewSet, basename="api-import")
    router.register("intent-topics", IntentTopicViewSet, basename="api-intent-topic")
    router.register("known-technologies", KnownTechnologyViewSet, basename="api-known-technology")
    router.register("mapping-rules", MappingRuleViewSet, basename="api-mapping-rule")
    router.register("personas", PersonaViewSet, basename="api-persona")
    router.register("remappings", RemappingViewSet, basename="api-remapping")
    router.register("seniority-rules", SeniorityRuleViewSet, basename="api-seniority-rule")
    router.register("set-aside-events", SetAsideEventViewSet, basename="api-set-aside-event")
    router.register("sources", SourceViewSet, basename="api-source")
    router.register("theme-rules", ThemeRuleViewSet, basename="api-theme-rule")
    router.register("themes", ThemeViewSet, basename="api-theme")
    router.register("touch-types", TouchTypeViewSet, basename="api-touch-type")
    router.register("traffic-rules", TrafficRuleViewSet, basename="api-traffic-rule")
    router.register("unmapped-events", UnmappedEventViewSet, basename="api-unmapped-event")
    router.register("unmatched", UnmatchedViewSet, basename="api-unmatched")
