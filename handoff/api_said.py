"""What the API says of a handoff."""

from typing import Any

from rest_framework import serializers

from handoff.models import Handoff, HandoffState
from handoff.payload import handoff_payload


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody who works at the desk."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class NamedSerializer(serializers.Serializer[Any]):
    """An account, or a buying center of it; the whole account's center has no name."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)


class EventSerializer(serializers.Serializer[Any]):
    """One move: who, when, from, to, why."""

    id = serializers.IntegerField()
    action = serializers.CharField()
    at = serializers.DateTimeField()
    by = PersonSerializer(allow_null=True, help_text="Null: the system.")
    from_state = serializers.CharField(allow_blank=True)
    to_state = serializers.ChoiceField(choices=HandoffState.choices)
    reason = serializers.CharField(allow_null=True)
    comment = serializers.CharField(allow_blank=True)


class HandoffSerializer(serializers.Serializer[Any]):
    """A journey through the desk. Times are UTC; `due_at` is the nearest clock that runs."""

    id = serializers.IntegerField()
    account = NamedSerializer()
    center = NamedSerializer()
    state = serializers.ChoiceField(choices=HandoffState.choices)
    since = serializers.DateTimeField()
    holder = PersonSerializer(allow_null=True)
    sdr = PersonSerializer(allow_null=True)
    ae = PersonSerializer(allow_null=True)
    is_mqa = serializers.BooleanField()
    qualified_at = serializers.DateTimeField(allow_null=True)
    queued_at = serializers.DateTimeField()
    hand_raise_at = serializers.DateTimeField(allow_null=True)
    cooling_since = serializers.DateField(allow_null=True)
    claim_due_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    summary = serializers.CharField(allow_blank=True)
    next_step = serializers.CharField(allow_blank=True)
    opportunity = serializers.IntegerField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why it was closed or returned: the key of the reason.")
    comeback_on = serializers.DateField(allow_null=True)


class HandoffDetailSerializer(HandoffSerializer):
    """A journey with its moves."""

    events = EventSerializer(many=True)


def handoff_said(row: Handoff, *, with_events: bool = False) -> dict[str, Any]:
    """One handoff as the API says it."""
    said = handoff_payload(row) | {
        "account": {"id": row.account_id, "name": row.account.name},
        "center": {"id": row.center_id, "name": row.center.name},
        "summary": row.summary,
        "next_step": row.next_step,
        "opportunity": row.opportunity_id,
        "closed_at": row.closed_at,
        "reason": row.reason.key if row.reason else None,
        "comeback_on": row.comeback_on,
    }
    if with_events:
        said["events"] = [
            {
                "id": event.pk,
                "action": event.action,
                "at": event.at,
                "by": {"id": event.by.pk, "name": event.by.name} if event.by else None,
                "from_state": event.from_state,
                "to_state": event.to_state,
                "reason": event.reason.key if event.reason else None,
                "comment": event.comment,
            }
            for event in row.events.select_related("by", "reason").order_by("at", "id")
        ]
    return said
