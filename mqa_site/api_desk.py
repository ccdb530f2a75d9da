"""The API's routes of accounts and the desk beside the first ones in mqa_site/api.py."""

from rest_framework.routers import SimpleRouter

from accounts.api_companies import AccountIdentifierViewSet, DomainViewSet
from accounts.api_technologies import TechnologyViewSet
from handoff.api_centers import BuyingCenterViewSet
from handoff.api_groups import BuyingGroupMemberViewSet
from handoff.api_notes import NoteViewSet


def register(router: SimpleRouter) -> None:
    """Add them to a router."""
    router.register("account-identifiers", AccountIdentifierViewSet, basename="api-account-identifier")
    router.register("buying-centers", BuyingCenterViewSet, basename="api-buying-center")
    router.register("buying-group-members", BuyingGroupMemberViewSet, basename="api-buying-group-member")
    router.register("domains", DomainViewSet, basename="api-domain")
    router.register("notes", NoteViewSet, basename="api-note")
    router.register("technologies", TechnologyViewSet, basename="api-technology")
