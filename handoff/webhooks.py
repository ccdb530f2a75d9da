"""Webhooks: which events there are, and writing them into the outbox with what causes them (domain.md §8).

The body is `{"type", "timestamp", "data"}` as Standard Webhooks has it; data names ids, the account, the move, never people
of the account. What a person can still undo leaves when it can't be undone any more; undone in time, it never leaves.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts.models import BuyingCenter, User
from handoff.models import Handoff, HandoffEvent, OutboxMessage, WebhookEndpoint
from handoff.outgoing import check
from handoff.policy import desk_policy
from handoff.transitions import UNDOABLE
from signals.models import Decision

QUALIFIED, COOLED, HAND_RAISE, TEST = "mqa.qualified", "mqa.cooled", "handoff.hand_raise", "webhook.test"
# The action of an event at the desk → the type of the webhook.
OF_ACTION: dict[str, str] = {
    "open": "handoff.queued",
    "reopen": "handoff.reopened",
    "hand_raise": HAND_RAISE,
    "qualified": "handoff.qualified",
    "center_qualified": "handoff.center_qualified",
    "cooling": "handoff.cooling",
    "warmed": "handoff.warmed",
    "claim": "handoff.claimed",
    "take_over": "handoff.taken_over",
    "assign": "handoff.assigned",
    "reassign": "handoff.reassigned",
    "release": "handoff.released",
    "pass": "handoff.passed",
    "accept": "handoff.accepted",
    "return": "handoff.returned",
    "opportunity": "handoff.opportunity",
    "win": "handoff.won",
    "lose": "handoff.lost",
    "recycle": "handoff.recycled",
    "disqualify": "handoff.disqualified",
    "withdraw": "handoff.withdrawn",
    "split": "handoff.split",
    "merge": "handoff.merged",
    "undo": "handoff.undone",
}
TYPES: tuple[str, ...] = (QUALIFIED, COOLED, *OF_ACTION.values())
FOR_SLACK = (QUALIFIED, HAND_RAISE)


@transaction.atomic
def create_endpoint(*, kind: str, name: str, url: str, event_types: list[str], by: User | None) -> tuple[Any, str]:
    """A new endpoint and its secret ("" for Slack), which is shown once. No types: `types_of`. Raises AddressRefused."""
    check(url)
    standard = kind == WebhookEndpoint.Kind.STANDARD
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if standard else ""
    endpoint = WebhookEndpoint.objects.create(
        kind=kind, name=name, url=url, secret=secret, event_types=event_types or types_of(kind), created_by=by
    )
    return endpoint, secret


def types_of(kind: str) -> list[str]:
    """What an endpoint is told of where nobody chose: everything; a channel what somebody has to act upon."""
    return list(FOR_SLACK) if kind == WebhookEndpoint.Kind.SLACK else ["*"]


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint,
    *,
    name: str | None = None,
    url: str | None = None,
    event_types: list[str] | None = None,
    is_active: bool | None = None,
) -> WebhookEndpoint:
    """Change what is given; what waits goes to the new address. Raises AddressRefused for an address of no use."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if url is not None:
        check(url)
        row.url = url
    if name is not None:
        row.name = name
    if event_types is not None:
        row.event_types = event_types or types_of(row.kind)
    row.save(update_fields=["name", "url", "event_types"])
    if is_active is not None and is_active != row.is_active:
        set_active(row, active=is_active)
    return row


def announce_event(event: HandoffEvent) -> int:
    """Write what an event at the desk is to those who want to know. Belongs into the event's transaction."""
    name = OF_ACTION.get(event.action)
    if name is None or event.action == "undo":  # see `announce_undone`
        return 0
    handoff = event.handoff
    names = [name]
    if event.action in {"open", "reopen"} and event.data.get("touch"):
        names.append(HAND_RAISE)
    if event.action == "withdraw":
        names.append(COOLED)
    endpoints = _listening(names)
    if not endpoints:
        return 0
    hold = dt.timedelta(seconds=desk_policy().undo_seconds if event.action in UNDOABLE else 0)
    data = _about(handoff.center) | {"handoff": _handoff(handoff), "event": _event(event)}
    return sum(
        _write(endpoints, one, key=f"event:{event.pk}:{one}", data=data, at=event.at, due=timezone.now() + hold)
        for one in names
    )


def announce_qualified(decision: Decision, center: BuyingCenter, handoff: Handoff | None, *, key: str) -> int:
    """A center became an MQA; `handoff` is None where it does not queue (a customer, an open opportunity)."""
    endpoints = _listening([QUALIFIED])
    if not endpoints:
        return 0
    data = _about(center) | {
        "decision": {
            "id": decision.pk,
            "as_of": decision.as_of,
            "model_version": decision.model.version,
            "score": decision.score,
            "signals": {"fit": decision.fit, "engagement": decision.engagement, "intent": decision.intent},
        },
        "handoff": _handoff(handoff) if handoff else None,
    }
    return _write(endpoints, QUALIFIED, key=key, data=data, at=decision.as_of, due=timezone.now())


def announce_undone(undone: HandoffEvent, of: HandoffEvent) -> int:
    """A move was undone: only who has (or may have) heard of the move hears of it."""
    heard = OutboxMessage.objects.filter(key__startswith=f"event:{of.pk}:", endpoint__isnull=False)
    ids = set(heard.values_list("endpoint_id", flat=True))
    endpoints = [one for one in _listening(["handoff.undone"]) if one.pk in ids] if ids else []
    if not endpoints:
        return 0
    handoff = undone.handoff
    data = _about(handoff.center) | {"handoff": _handoff(handoff), "event": _event(undone)}
    name = "handoff.undone"
    return _write(endpoints, name, key=f"event:{undone.pk}:{name}", data=data, at=undone.at, due=timezone.now())


def announce_test(endpoint: WebhookEndpoint) -> OutboxMessage:
    """A message without meaning, to see whether the endpoint works. Also goes to one that wants no such type."""
    at = timezone.now()
    key = f"test:{secrets.token_hex(8)}"
    _write([endpoint], TEST, key=key, data={"endpoint": endpoint.name}, at=at, due=at, wanted=False)
    return OutboxMessage.objects.get(key=f"{key}:{endpoint.pk}")


def replay(message: OutboxMessage) -> None:
    """Send it once more, now, under its old id; the count of attempts begins anew."""
    OutboxMessage.objects.filter(pk=message.pk, endpoint__isnull=False).update(
        delivered_at=None, given_up_at=None, attempts=0, last_error="", next_attempt_at=timezone.now()
    )


def set_active(endpoint: WebhookEndpoint, *, active: bool) -> None:
    """Stop or resume sending. What is written meanwhile is not kept for it; what waited goes on when it is resumed."""
    endpoint.is_active, endpoint.stopped_because = active, ""
    endpoint.save(update_fields=["is_active", "stopped_because"])


def _listening(names: list[str]) -> list[WebhookEndpoint]:
    return [one for one in WebhookEndpoint.objects.filter(is_active=True) if any(map(one.wants, names))]


def _write(
    endpoints: list[WebhookEndpoint],
    name: str,
    *,
    key: str,
    data: Mapping[str, Any],
    at: dt.datetime,
    due: dt.datetime,
    wanted: bool = True,
) -> int:
    """One message for each endpoint, once: a key that is there already stays as it is."""
    body = {"type": name, "timestamp": at, "data": data}
    payload = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    messages = [
        OutboxMessage(
            channel=OutboxMessage.Channel.SLACK if slack else OutboxMessage.Channel.WEBHOOK,
            key=f"{key}:{endpoint.pk}",
            event_type=name,
            recipient=endpoint.name,
            endpoint=endpoint,
            payload={"text": words(payload)} if slack else payload,
            next_attempt_at=due,
        )
        for endpoint in endpoints
        if not wanted or endpoint.wants(name)
        for slack in [endpoint.kind == WebhookEndpoint.Kind.SLACK]
    ]
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    return len(messages)


def words(payload: Mapping[str, Any]) -> str:
    """One line for people; what Slack would read as markup stands for itself."""
    name, data = payload["type"], payload["data"]
    if name == TEST:
        return "A test of MQA Desk: this channel hears of the desk."
    center = _escape(data["center"]["name"])
    if settings.DESK_URL:
        center = f"<{settings.DESK_URL}/accounts/{data['account']['id']}/|{center}>"
    if name == QUALIFIED:
        return f"{center} is an MQA: score {data['decision']['score']:.0f}."
    if name == HAND_RAISE:
        return f"{center} asks to be called."
    by = data.get("event", {}).get("by")
    said = f" by {_escape(by['name'])}" if by else ""
    return f"{center}: {name.rpartition('.')[2].replace('_', ' ')}{said}."


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _about(center: BuyingCenter) -> dict[str, Any]:
    account = center.account
    return {
        "account": {"id": account.pk, "name": account.name, "domain": account.domain, "is_target": account.is_target},
        "center": {"id": center.pk, "name": str(center), "is_default": center.is_default},
    }


def _handoff(handoff: Handoff) -> dict[str, Any]:
    from handoff.payload import handoff_payload  # it knows the clocks, which know the moves, which write webhooks

    return handoff_payload(handoff)


def _event(event: HandoffEvent) -> dict[str, Any]:
    by, reason = event.by, event.reason
    return {
        "id": event.pk,
        "action": event.action,
        "at": event.at,
        "by": {"id": by.pk, "name": by.name} if by else None,
        "from": event.from_state or None,
        "to": event.to_state,
        "reason": {"key": reason.key, "label": reason.label} if reason else None,
        "comment": event.comment,
    }
