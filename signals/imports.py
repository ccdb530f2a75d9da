"""Touches from files: campaign members, activities, webinar lists, exports of other systems (domain.md §8).

A row becomes an event and goes the way of events (signals/ingest): the same ledger, rules, matching and locks. What a row says
outright, its touch type and its account, counts before the rules. Without a message id, what, when and whose make one.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db import connection

from accounts.imports.contact_fields import email
from accounts.imports.fields import MOMENT, NUMBER, WHOLE, Field, Row
from accounts.imports.links import Accounts, account_of, link_fields, look_up, names_account
from accounts.imports.registry import NEW, REJECTED, UNCHANGED, Outcome, Task
from accounts.imports.values import Unreadable
from accounts.models import Source
from signals import rules
from signals.ingest import ledger
from signals.ingest.parse import EARLIEST, LATEST_AHEAD, Event, clean_path
from signals.ingest.store import take
from signals.models import IngestCount, Touch, TouchType
from signals.reading import Rules, Seen, squeeze

SOURCE = "Files"
# What CRMs call their activities.
_CALLED = {
    "email": "email_sent",
    "phonecall": "call",
    "calls": "call",
    "meeting": "meeting_held",
    "demo": "demo_request",
    "webinar": "webinar_attended",
    "download": "content_download",
    "attended": "event_attended",
    "registered": "webinar_registered",
    "clicked": "email_click",
    "opened": "email_open",
    "replied": "email_reply",
    "anruf": "call",
    "termin": "meeting_held",
    "besprechung": "meeting_held",
    "teilgenommen": "event_attended",
    "angemeldet": "webinar_registered",
}
_KNOWN = """
SELECT digest, body FROM signals_touchledger l JOIN accounts_source s ON s.id = l.source_id
WHERE s.name = %s AND digest = ANY(%s::bytea[])"""


class TouchImporter:
    """Interactions with their moment, person, account and type."""

    kind = "touches"
    label = "Touches"
    help = "Interactions: campaign members, tasks and meetings, webinar attendance, exports of other tools."
    telling = frozenset(
        {"memberstatus", "firstrespondeddate", "memberfirstrespondeddate", "tasksubtype", "activitydate", "touchtype",
         "messageid", "mitgliedsstatus", "aufgabenuntertyp"}
    )  # fmt: skip

    def fields(self) -> Sequence[Field]:
        """When, what, who and where."""
        return [
            Field(key="occurred_at", label="When",
                  german=("Datum", "Fälligkeitsdatum", "Zeitpunkt", "Aktivitätsdatum", "Erstelldatum"),
                  type=MOMENT, required=True, aliases=(
                "Occurred at", "Timestamp", "Event Date", "Activity Date", "ActivityDate", "Date", "Activity Time", "Time",
                "FirstRespondedDate", "Member First Responded Date", "Start", "Start Date", "Start Time", "StartDateTime",
                "Join Time", "CreatedDate", "Created Date", "Create Date")),
            Field(key="desk_id", label="Desk ID of the touch", type=WHOLE, help="Of a touch that is here: it stays as it is."),
            Field(key="message_id", label="Message ID", aliases=(
                "messageId", "Event ID", "Activity ID", "Task ID", "Touch ID", "Campaign Member ID", "Record ID", "Id")),
            Field(key="type", label="Type or event",
                  german=("Aktivitätstyp", "Mitgliedsstatus", "Typ", "Betreff"),
                  constant=True, help="A touch type or the name of an event.", aliases=(
                "Touch Type", "Event", "Event Name", "Activity Type", "Type", "Activity", "TaskSubtype",
                "Aufgabenuntertyp", "Member Status",
                "Status", "Subject")),
            Field(key="path", label="Page", limit=2000, aliases=("Path", "URL", "Page URL", "Page Path", "Address")),
            Field(key="email", label="E-mail",
                  german=("E-Mail-Adresse",),
                  convert=email, aliases=(
                "Email", "Email Address", "Contact Email", "Work Email", "Lead/Contact Email", "Attendee Email",
                "Contact.Email", "Lead.Email", "Associated contacts", "Associated contact")),
            Field(key="user_id", label="User ID of events", aliases=("userId", "User ID")),
            Field(key="visitor", label="Visitor ID", aliases=("anonymousId", "Anonymous ID", "Visitor")),
            Field(key="minutes", label="Minutes",
                  german=("Minuten", "Dauer (Minuten)"),
                  type=NUMBER, aliases=(
                "Duration (minutes)", "Minutes attended", "Time in Session (minutes)", "Attendance Duration (minutes)")),
            Field(key="channel", label="Channel",
                  german=("Kampagnentyp",),
                  limit=40, constant=True, aliases=("Medium", "UTM Medium", "Campaign Type")),
            Field(key="campaign", label="Campaign",
                  german=("Kampagnenname", "Kampagne"),
                  limit=120, constant=True, aliases=(
                "Campaign Name", "UTM Campaign", "Campaign: Campaign Name")),
            Field(key="theme", label="Theme", limit=80, constant=True, aliases=("Topic",)),
            *link_fields(),
        ]  # fmt: skip

    def keys(self, row: Row) -> Iterable[str]:
        """The message id."""
        said = row.values
        if not ("type" in said or "path" in said):
            raise Unreadable("A touch needs a type, the name of an event, or a page")
        if not ({"email", "user_id", "visitor"} & said.keys() or names_account(row)):
            raise Unreadable("A touch needs a person, a visitor or an account")
        return [f"m:{_message_id(row)}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """New ones, and those that are known."""
        events = self._events(rows)
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [SOURCE, [event.digest for event in events]])
            known = {bytes(digest): bytes(body) for digest, body in cursor.fetchall()}
        here = _here(rows)
        return [
            Outcome(row, title=f"{event.name or event.path} {event.occurred_at:%Y-%m-%d}")
            if row.values.get("desk_id") in here
            else self._outcome(row, event, known, task)
            for row, event in zip(rows, events, strict=True)
        ]

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Enter them into the ledger and act on those that are new."""
        outcomes = self.plan(rows, task)
        planned = [one for one in outcomes if one.verdict == NEW]
        events = self._events([one.row for one in planned])
        source, _ = Source.objects.get_or_create(name=SOURCE)
        entered = ledger.enter(source_id=source.pk, entries=events, received_at=task.at)
        fresh = [event for event in entered.fresh if isinstance(event, Event)]
        taken = take(fresh, source_id=source.pk, received_at=task.at)
        IngestCount.objects.create(
            source=source,
            at=task.at,
            received=len(events),
            accepted=len(fresh),
            duplicate=entered.duplicates,
            set_aside=0,
            bots=taken.bots,
            internal=taken.internal,
        )
        new = {event.digest for event in fresh}
        for one, event in zip(planned, events, strict=True):
            one.verdict = NEW if event.digest in new else UNCHANGED
        return outcomes

    def _outcome(self, row: Row, event: Event, known: dict[bytes, bytes], task: Task) -> Outcome:
        one = Outcome(row, title=f"{event.name or event.path} {event.occurred_at:%Y-%m-%d}")
        if not EARLIEST <= event.occurred_at <= task.at + LATEST_AHEAD:
            return _reject(one, f"“{event.occurred_at:%Y-%m-%d}” is before 2000 or more than a year ahead")
        if (body := known.get(event.digest)) is None:
            one.verdict = NEW
            seen = Seen(event.kind, event.name, event.path, event.properties, event.context)
            if self._rules.read(seen, event.touch_type).touch_type is self._rules.unmapped:
                one.notes.append("Type: no touch type is called so and no rule maps it: kept as unmapped")
        elif body != event.body:
            return _reject(one, "A touch with this message id is here with other content: the first is kept")
        return one

    def _events(self, rows: Sequence[Row]) -> list[Event]:
        accounts = look_up(rows)
        return [self._event(row, accounts) for row in rows]

    def _event(self, row: Row, accounts: Accounts) -> Event:
        said = row.values
        name = said.get("type", "")
        message_id = _message_id(row)
        touch_type = self._types.get(squeeze(name), "") if name else ""
        properties: dict[str, Any] = {key: said[key] for key in ("minutes", "theme") if key in said}
        if touch_type:  # what the file said outright is kept with the touch
            properties["touch_type"] = touch_type
        campaign = {key: said[mine] for key, mine in (("name", "campaign"), ("medium", "channel")) if mine in said}
        return Event(
            kind="track" if name else "page",
            message_id=message_id,
            digest=_digest(message_id),
            body=_digest(_canonical(row)),
            occurred_at=said["occurred_at"],
            name=name,
            path=clean_path(said["path"]) if "path" in said else "",
            visitor=said.get("visitor", ""),
            user_id=said.get("user_id", ""),
            group_id=said.get("group_id", ""),
            email=said.get("email", ""),
            properties=properties,
            context={"campaign": campaign} if campaign else {},
            domain=said.get("account_domain", ""),
            account_id=account_of(row, accounts),
            touch_type=touch_type,
        )

    @cached_property
    def _rules(self) -> Rules:
        return rules.current()

    @cached_property
    def _types(self) -> dict[str, str]:
        """The key of a touch type by its key, its name, or what a CRM calls it."""
        found = {squeeze(word): key for word, key in _CALLED.items() if key in self._rules.by_key}
        for key, name in TouchType.objects.values_list("key", "name"):
            found |= {squeeze(name): key, squeeze(key): key}
        return found


def _here(rows: Sequence[Row]) -> set[int]:
    """Of the touches that rows name by the desk's own id, those that there are."""
    ids = [row.values["desk_id"] for row in rows if "desk_id" in row.values]
    return set(Touch.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _reject(one: Outcome, reason: str) -> Outcome:
    one.verdict, one.reason = REJECTED, reason
    return one


def _message_id(row: Row) -> str:
    return str(row.values.get("message_id") or f"row:{hashlib.sha256(_canonical(row).encode()).hexdigest()[:40]}")


def _canonical(row: Row) -> str:
    """What a row says, in one spelling."""
    return json.dumps({key: value for key, value in row.values.items() if value != ""}, sort_keys=True, default=str)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]
