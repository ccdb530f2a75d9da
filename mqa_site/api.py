"""The REST API: its routes and what its OpenAPI document says of all of them."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from accounts.api_merges import AccountMergeViewSet
from handoff.api import HandoffViewSet, OpportunityViewSet
from handoff.api_revenue import RevenueEventViewSet
from mqa_site import api_configuration, api_desk, api_docs
from signals.api import AccountViewSet
from signals.api_facts import DecisionViewSet, IntentSignalViewSet
from signals.api_models import ScoringModelViewSet

router = SimpleRouter(use_regex_path=False)
router.register("accounts", AccountViewSet, basename="api-account")
router.register("account-merges", AccountMergeViewSet, basename="api-account-merge")
router.register("handoffs", HandoffViewSet, basename="api-handoff")
router.register("opportunities", OpportunityViewSet, basename="api-opportunity")
router.register("revenue-events", RevenueEventViewSet, basename="api-revenue-event")
router.register("scoring-models", ScoringModelViewSet, basename="api-scoring-model")
router.register("decisions", DecisionViewSet, basename="api-decision")
router.register("intent-signals", IntentSignalViewSet, basename="api-intent-signal")
api_configuration.register(router)
api_desk.register(router)


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation may answer with an error, always in the one form. A postprocessing hook of drf-spectacular."""
    result["components"]["schemas"]["Error"] = {
        "type": "object",
        "description": "Why not. 400 and 422: the request; 401 and 403: who asks; 404: nothing there; 409: somebody else "
        "was first; 429: too often, Retry-After says until when.",
        "properties": {
            "code": {"type": "string", "description": "For programs."},
            "message": {"type": "string", "description": "For people."},
            "errors": {"type": "object", "additionalProperties": {}, "description": "What is wrong with which field."},
        },
        "required": ["code", "message", "errors"],
    }
    # A field that there is not is refused, so that a misspelt one is no silent nothing (accounts/api_rows.py).
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request") and "properties" in component:
            component.setdefault("additionalProperties", False)
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for address, methods in result["paths"].items():
        for operation in methods.values():
            if address != "/api/schema/":
                operation["responses"]["default"] = {"description": "It was not done.", "content": error}
    return result


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the document calls our keys; being defined here registers it."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """As OpenAPI says a bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of scope read, write or configure. `configure` includes `write`, which includes `read`.",
        }


@csrf_exempt
def nowhere(request: HttpRequest, rest: str) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """404 as the API says it, where no operation is."""
    message = "There is nothing here. Addresses of the API are in /api/docs/ and end with a slash."
    return JsonResponse({"code": "not_found", "message": message, "errors": {}}, status=404)


urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", api_docs.overview, name="api-docs"),
    path("docs/<slug:resource>/", api_docs.of_resource, name="api-docs-resource"),
    path("<path:rest>", nowhere, name="api-nowhere"),
]
