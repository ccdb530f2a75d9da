"""Where this room holds data of a person (accounts/personal_data.py): touches and events that became none."""

from typing import Any

from django.db import connection
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.personal_data import Person, Place, in_texts, scrub
from signals.actions import request_rescore
from signals.models import EventConflict, IgnoredOrigin, MqlSpell, SetAsideEvent, Touch

# The person's touches: read as theirs, or naming them though nobody knew whose they were.
_MINE = """(t.contact_id = ANY(%(contacts)s)
    OR t.contact_id IS NULL AND (lower(t.email) = ANY(%(emails)s) OR t.user_id = ANY(%(ids)s) OR t.visitor = ANY(%(ids)s)))"""
_KEPT = {field.column for field in Touch._meta.concrete_fields}  # noqa: SLF001 - Django's documented way
_EMPTIED = {
    "contact_id": "%(shell)s", "message_id": "'erased:' || t.id", "name": "''", "path": "''", "visitor": "''",
    "user_id": "''", "email": "''", "domain": "''", "group_id": "''", "payload": "'{}'",
}  # fmt: skip
_COLUMNS = sorted(_KEPT)
# What was received never changes, and a trigger sees to it: a touch that is emptied is a new row in the old one's place.
_EMPTY = f"""
WITH gone AS (DELETE FROM signals_touch t WHERE {_MINE} RETURNING *)
INSERT INTO signals_touch ({", ".join(_COLUMNS)})
SELECT {", ".join(_EMPTIED.get(name, f"t.{name}") for name in _COLUMNS)} FROM gone t
RETURNING id, account_id"""  # noqa: S608 - constants of this module
_READ_BEFORE = """
UPDATE signals_pastreading SET contact_id = %(shell)s WHERE touch_id = ANY(%(touches)s) OR contact_id = ANY(%(contacts)s)
RETURNING account_id"""
_BORROWED = """
UPDATE signals_touch SET visitor = '' WHERE visitor = ANY(%(ids)s) AND contact_id <> ALL(%(contacts)s)"""


def _mine(person: Person) -> Q:
    named = Q(email__in=person.emails) | Q(user_id__in=person.ids) | Q(visitor__in=person.ids)
    return Q(contact__in=person.contacts) | Q(contact__isnull=True) & named


def export_touches(person: Person) -> list[dict[str, Any]]:
    """What the person did, as it was received and as it is read."""
    names = (
        "occurred_at", "received_at", "account__name", "touch_type__name", "theme__name", "channel", "campaign", "minutes",
        "ignored", "source__name", "message_id", "kind", "name", "path", "visitor", "user_id", "email", "payload",
    )  # fmt: skip
    return list(Touch.objects.filter(_mine(person)).order_by("occurred_at", "pk").values(*names))


def count_touches(person: Person) -> int:
    """How many touches are the person's."""
    return Touch.objects.filter(_mine(person)).count()


def erase_touches(person: Person) -> int:
    """Leave of each touch when, where and of what type it was, read as the erased person's, now and before.

    So it is counted as before, and gives no points to anybody (signals/facts.py). Its accounts are evaluated again.
    """
    values: dict[str, Any] = {
        "contacts": list(person.contacts),
        "emails": sorted(person.emails),
        "ids": sorted(person.ids),
        "shell": person.contacts[0],
    }
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, values)
        emptied = cursor.fetchall()
        cursor.execute(_READ_BEFORE, values | {"touches": [touch for touch, _ in emptied]})
        accounts = {account for (account,) in cursor.fetchall()} | {account for _, account in emptied}
        # A browser that somebody else was seen with too.
        cursor.execute(_BORROWED, values)
    request_rescore(account_ids={account for account in accounts if account is not None}, reason="erasure")
    return len(emptied)


def scrub_touches(person: Person) -> int:
    """What reps wrote of the person, and what else came in at the person's accounts."""
    among = Q(kind="manual") | Q(account__in=person.accounts)
    return sum(scrub(Touch, column, person, among) for column in ("payload", "name", "path"))


def export_mqls(person: Person) -> list[dict[str, Any]]:
    """When the person was an MQL."""
    found = MqlSpell.objects.filter(contact__in=person.contacts).order_by("since", "pk")
    return [dict(row) for row in found.values("account__name", "since", "until")]


def keep_mqls(person: Person) -> int:  # noqa: ARG001 - the map's signature
    """They name an id and two days, and are counted in the funnel: nothing to erase."""
    return 0


def _naming(model: type[Model], person: Person) -> Any:
    """Events whose document names the person."""
    test = Q()
    for word in {*person.keys, *person.words}:
        test |= Q(as_text__icontains=word)
    rows = model._default_manager.annotate(as_text=Cast("payload", TextField())).filter(test)  # noqa: SLF001
    return [row for row in rows.order_by("pk") if person.without(row.payload) != row.payload]


def export_set_aside(person: Person) -> list[dict[str, Any]]:
    """Events of the person that could not be taken as they were."""
    return [
        {"received_at": row.received_at, "reason": row.reason, "payload": row.payload}
        for row in _naming(SetAsideEvent, person)
    ]


def erase_set_aside(person: Person) -> int:
    """Empty them; they wait for nobody any more."""
    return SetAsideEvent.objects.filter(pk__in=[row.pk for row in _naming(SetAsideEvent, person)]).update(
        payload={}, code="erased", reason="The person it was about was erased.", replayed_at=timezone.now()
    )


def export_conflicts(person: Person) -> list[dict[str, Any]]:
    """Events of the person whose message id was known with another body."""
    return [{"received_at": row.received_at, "payload": row.payload} for row in _naming(EventConflict, person)]


def erase_conflicts(person: Person) -> int:
    """Empty them."""
    found = _naming(EventConflict, person)
    for row in found:
        EventConflict.objects.filter(pk=row.pk).update(payload={}, message_id=f"erased:{row.pk}")
    return len(found)


def erase_ignored(person: Person) -> int:
    """That the person or one of their visitors was to be left alone."""
    return IgnoredOrigin.objects.filter(kind__in=["person", "visitor"], value__in=person.keys).delete()[0]


PLACES = (
    Place(
        "touches",
        "Touches",
        "Page, event, address, ids and all that was sent are emptied; moment, type and account stay, without points.",
        erase_touches,
        export_touches,
        count_touches,
    ),
    Place("touch_texts", "What reps logged", "The name, address and number are taken out.", scrub_touches),
    Place("set_aside", "Events that were set aside", "Emptied.", erase_set_aside, export_set_aside),
    Place("conflicts", "Events that came twice, with two contents", "Emptied.", erase_conflicts, export_conflicts),
    Place("ignored", "Origins that are left alone", "Deleted.", erase_ignored),
    Place("mqls", "Times as an MQL", "The days stay, of a nameless row.", keep_mqls, export_mqls),
    in_texts(
        "signal_texts",
        "Notes of the machine",
        "signals.CenterState.why",
        "signals.ScoringFailure.error",
        "signals.EventConflict.message_id",
    ),
)
