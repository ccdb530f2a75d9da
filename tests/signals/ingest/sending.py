"""Sending events as clients do, and asking what became of them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from django.test import Client

from accounts.keys import create_key
from accounts.models import ApiKey
from signals.models import IngestCount, Touch

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def basic(text: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{text}:{password}".encode()).decode()


class Sender:
    """A client of one source. `post` answers with the response."""

    def __init__(self, name: str = "website") -> None:
        self.key, self.text = create_key(name=name, scope=ApiKey.Scope.INGEST, by=None)
        self.client = Client()

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": basic(self.text), **headers}
        return self.client.post(f"/v1/{path}", data=data, content_type="application/json", headers=headers)

    def batch(self, *events: Any, **more: Any) -> HttpResponse:
        response = self.post("batch", {"batch": list(events), **more})
        assert (response.status_code, response.content) == (200, b'{"success": true}')
        return response


def track(event: str = "Webinar Attended", **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, **fields}


def page(path: str, **fields: Any) -> dict[str, Any]:
    properties = {"path": path, **fields.pop("properties", {})}
    return {"type": "page", "properties": properties, **fields}


def identify(user_id: str | None, email: str = "", **fields: Any) -> dict[str, Any]:
    traits = {**({"email": email} if email else {}), **fields.pop("traits", {})}
    return {"type": "identify", "userId": user_id, "traits": traits, **fields}


def group(group_id: str, **traits: Any) -> dict[str, Any]:
    return {"type": "group", "groupId": group_id, "userId": traits.pop("user_id", None), "traits": traits}


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def counted() -> tuple[int, int, int, int]:
    """received, accepted, duplicate, set aside over all requests"""
    sums = IngestCount.objects.aggregate(*map(Sum, ("received", "accepted", "duplicate", "set_aside")))
    return tuple(sums[f"{name}__sum"] or 0 for name in ("received", "accepted", "duplicate", "set_aside"))  # type: ignore[return-value]


def readings() -> list[tuple[str, str, str]]:
    """(type, company, person) of every touch, in the order of arrival"""
    return [
        (
            touch.touch_type.key,
            touch.account.name if touch.account else "",
            touch.contact.email if touch.contact else "",
        )
        for touch in Touch.objects.select_related("touch_type", "account", "contact").order_by("id")
    ]
