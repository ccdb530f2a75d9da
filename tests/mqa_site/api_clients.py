"""What tests of the API share: its lists and writes, clients with a key or signed in, all that a write could change."""

from typing import Any

from rest_framework.test import APIClient

from accounts.keys import create_key
from accounts.models import Account, Contact
from handoff.models import Handoff, Opportunity
from signals.models import IntentSignal, RescoreRequest

LISTS = (
    "accounts", "contacts", "handoffs", "opportunities", "revenue-events", "touches", "decisions", "intent-signals",
    "account-merges", "account-identifiers", "buying-centers", "buying-group-members", "domains", "notes",
    "technologies", "scoring-models", "webhooks", "webhook-messages", "targets", "triage", "assignment-rules", "users",
    "teams", "reasons", "sla-policies", "sla-events", "holidays", "buying-group-templates",
)  # fmt: skip
# Method, path and a body of each write.
WRITES = (
    ("post", "/api/accounts/", {"name": "New"}),
    ("patch", "/api/accounts/{account}/", {"name": "Other"}),
    ("post", "/api/accounts/bulk/", {"items": [{"name": "New", "domain": "new.com"}]}),
    ("post", "/api/contacts/", {"email": "new@new.com"}),
    ("patch", "/api/contacts/{contact}/", {"title": "Other"}),
    ("post", "/api/contacts/bulk/", {"items": [{"email": "new@new.com"}]}),
    ("post", "/api/opportunities/bulk/", {"items": []}),
    ("post", "/api/revenue-events/bulk/", {"items": []}),
    ("post", "/api/intent-signals/bulk/", {"items": []}),
    ("post", "/api/account-merges/", {}),
    ("post", "/api/account-merges/preview/", {}),
    ("post", "/api/account-merges/1/undo/", {}),
    ("post", "/api/handoffs/{handoff}/claim/", {}),
    ("post", "/api/scoring-models/", {"copied_from": 1}),
    ("post", "/api/scoring-models/take-catalogue/", {"comment": ""}),
)


MERGES = {path for _, path, _ in WRITES if "merges" in path}


def key_client(scope: str) -> APIClient:
    """A client with a key of this scope."""
    return APIClient(headers={"authorization": f"Bearer {create_key(name=scope, scope=scope, by=None)[1]}"})


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def everything() -> dict[str, Any]:
    return {
        "accounts": list(Account.objects.order_by("pk").values()),
        "contacts": list(Contact.objects.order_by("pk").values()),
        "handoffs": list(Handoff.objects.order_by("pk").values()),
        "others": (Opportunity.objects.count(), IntentSignal.objects.count(), RescoreRequest.objects.count()),
    }
