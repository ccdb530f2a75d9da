"""Writing touches: many rows in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from signals.ingest.parse import Event
from signals.reading import Reading

_INSERT = """
INSERT INTO signals_touch (account_id, contact_id, touch_type_id, theme_id, channel, campaign, minutes, ignored,
    known_from, source_id, message_id, occurred_at, received_at, kind, name, path, visitor, user_id, email, domain,
    group_id, payload)
SELECT account_id, contact_id, touch_type_id, theme_id, channel, campaign, minutes, '', %(now)s, %(source)s, message_id,
    occurred_at, %(now)s, kind, name, path, visitor, user_id, email, domain, group_id, payload
FROM unnest(%(account)s::bigint[], %(contact)s::bigint[], %(type)s::bigint[], %(theme)s::bigint[], %(channel)s::text[],
    %(campaign)s::text[], %(minutes)s::numeric[], %(message)s::text[], %(occurred)s::timestamptz[], %(kind)s::text[],
    %(name)s::text[], %(path)s::text[], %(visitor)s::text[], %(user)s::text[], %(email)s::text[], %(domain)s::text[],
    %(group)s::text[], %(payload)s::jsonb[])
AS new(account_id, contact_id, touch_type_id, theme_id, channel, campaign, minutes, message_id, occurred_at, kind, name,
    path, visitor, user_id, email, domain, group_id, payload)
RETURNING id, message_id"""


@dataclass(slots=True)
class NewTouch:
    """An event, how it is read, and whose it is."""

    event: Event
    reading: Reading
    account_id: int | None
    contact_id: int | None
    domain: str


def insert(touches: Sequence[NewTouch], *, source_id: int, received_at: datetime) -> dict[str, int]:
    """Store the touches; their ids by message id."""
    if not touches:
        return {}
    events = [touch.event for touch in touches]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "now": received_at,
                "source": source_id,
                "account": [touch.account_id for touch in touches],
                "contact": [touch.contact_id for touch in touches],
                "type": [touch.reading.touch_type.id for touch in touches],
                "theme": [touch.reading.theme_id for touch in touches],
                "channel": [touch.reading.channel for touch in touches],
                "campaign": [touch.reading.campaign for touch in touches],
                "minutes": [touch.reading.minutes for touch in touches],
                "message": [event.message_id for event in events],
                "occurred": [event.occurred_at for event in events],
                "kind": [event.kind for event in events],
                "name": [event.name for event in events],
                "path": [event.path for event in events],
                "visitor": [event.visitor for event in events],
                "user": [event.user_id for event in events],
                "email": [event.email for event in events],
                "domain": [touch.domain for touch in touches],
                "group": [event.group_id for event in events],
                "payload": [_payload(event) for event in events],
            },
        )
        return {message_id: touch_id for touch_id, message_id in cursor.fetchall()}


def _payload(event: Event) -> str:
    return json.dumps({"properties": event.properties, "context": event.context}, ensure_ascii=False)
