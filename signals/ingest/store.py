"""Takes parsed events in: one transaction, a fixed number of statements however many events (architecture.md).

In this order, which all requests share: the ledger; the links (accounts/locks.py); companies; people; touches; requests to
evaluate; what was set aside; the counts. What is committed is answered with 200, and only that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import JSONField, Value

from accounts.known_companies import FREE_MAIL, Companies, CompanySaid
from accounts.known_people import People, PersonSaid
from accounts.locks import domain_key, group_key, hold_links, id_key
from accounts.matching import company_domain
from accounts.models import ApiKey, CustomField
from accounts.transactions import in_transaction
from signals import rules
from signals.actions import request_rescore
from signals.ingest import erased, ledger, touches
from signals.ingest.parse import TOUCHES, Event, SetAside
from signals.ingest.themes import known_themes
from signals.ingest.traits import by_key, company_domains, company_fields, custom_value, key_of, person_fields
from signals.models import EventConflict, RescoreRequest, SetAsideEvent, Transition
from signals.reading import Reading, Seen
from signals.traffic import BOT, INTERNAL, Traffic

EVENTS = "events"

_COUNT = """
INSERT INTO signals_ingestcount (source_id, at, received, accepted, duplicate, set_aside, bots, internal)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_WHY_SET_ASIDE = {
    FREE_MAIL: "The group's only domain is free mail, which belongs to no company.",
}
_UNNAMED = "Nothing is known of this group, and it has neither a name nor a domain to make an account of."


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a request's events: received = accepted + duplicate + set_aside.

    Of the accepted `bots` and `internal` give no points.
    """

    received: int
    accepted: int
    duplicate: int
    set_aside: int
    bots: int = 0
    internal: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What could not be acted on, with the reason, and how many touches give no points."""

    refused: list[SetAside]
    bots: int = 0
    internal: int = 0


def accept(*, key: ApiKey, entries: Sequence[Event | SetAside], received_at: datetime) -> Counts:
    """Store what was parsed. Returns after the commit; raises DatabaseError when nothing was stored."""
    # Integrity: a person or account that somebody made in the same moment by another way.
    return in_transaction(lambda: _accept(key, entries, received_at), also=(IntegrityError,))


def _accept(key: ApiKey, entries: Sequence[Event | SetAside], received_at: datetime) -> Counts:
    source_id = key.source_id
    if source_id is None:
        raise ValueError("an ingest key has a source")
    new = ledger.enter(source_id=source_id, entries=entries, received_at=received_at)
    aside = [entry for entry in new.fresh if isinstance(entry, SetAside)]
    events = [entry for entry in new.fresh if isinstance(entry, Event)]
    gone = erased.look(events, [*aside, *new.conflicts])
    taken = take(events, source_id=source_id, received_at=received_at, gone=gone)
    aside = [*erased.unnamed(aside, gone), *taken.refused]
    SetAsideEvent.objects.bulk_create(
        SetAsideEvent(
            source_id=source_id,
            key=key,
            received_at=received_at,
            code=item.code,
            reason=item.reason,
            payload=_json(item.payload),
            replayed_at=received_at if item.code == erased.GONE else None,
        )
        for item in aside
    )
    EventConflict.objects.bulk_create(
        EventConflict(
            source_id=source_id,
            message_id=entry.message_id[:255],
            received_at=received_at,
            payload=_json(entry.payload),
        )
        for entry in erased.unnamed(new.conflicts, gone)
    )
    accepted = len(events) - len(taken.refused)
    counts = Counts(len(entries), accepted, new.duplicates, len(aside), taken.bots, taken.internal)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source_id, received_at, *astuple(counts)])
    return counts


def take(
    events: Sequence[Event], *, source_id: int, received_at: datetime, gone: Mapping[str, int] | None = None
) -> Taken:
    """Act on events that are new: companies, people, touches.

    `gone`: what `erased.look` said of them, if it was asked.
    """
    events = erased.without_erased(events, erased.look(events) if gone is None else gone)
    if not events:
        return Taken([])
    compiled = rules.current()
    said_of_companies = _companies_said([event for event in events if event.kind == "group"])
    said_of_people = [said for event in events if (said := _person_said(event))]
    touching = [event for event in events if event.kind in TOUCHES]
    companies, people = _look_up_and_hold(events, said_of_companies, said_of_people)
    refused = companies.store(said_of_companies, source=EVENTS)
    people.store(said_of_people, companies, source=EVENTS)
    readings = [compiled.read(Seen(e.kind, e.name, e.path, e.properties, e.context), e.touch_type) for e in touching]
    themes = known_themes({reading.theme_name for reading in readings if reading.theme_name})
    rows = [
        _touch(event, reading, themes, companies, people, compiled.traffic)
        for event, reading in zip(touching, readings, strict=True)
    ]
    ids = touches.insert(rows, source_id=source_id, received_at=received_at)
    request_rescore(
        account_ids={row.account_id for row in rows if row.account_id is not None},
        reason="touch",
        priority=RescoreRequest.Priority.FRESH,
    )
    _raise_unmatched_hands(rows, ids)
    unacted = [
        SetAside(event.message_id, event.digest, event.body, code, _WHY_SET_ASIDE.get(code, _UNNAMED), event.payload)
        for event in events
        if event.kind == "group" and (code := refused.get(event.message_id))
    ]
    return Taken(unacted, *(sum(row.ignored == why for row in rows) for why in (BOT, INTERNAL)))


def _look_up_and_hold(
    events: Sequence[Event], said_of_companies: Sequence[CompanySaid], said_of_people: Sequence[PersonSaid]
) -> tuple[Companies, People]:
    """Who is known, holding the links that these events state or wait for, so that nobody else changes them meanwhile."""
    held: set[str] = set()
    if not said_of_companies and not said_of_people:
        # Visitors alone, the most frequent case, state nothing: hold what they name, and one look suffices.
        held = {id_key(e.visitor) for e in events if e.visitor} | {group_key(e.group_id) for e in events if e.group_id}
        hold_links(waiting=held)
    companies, people = _look_up(events, said_of_companies)
    stating = companies.links_to_state(said_of_companies) | people.links_to_state(said_of_people)
    waiting = _waiting([event for event in events if event.kind in TOUCHES], companies, people) - held
    if stating or waiting:
        hold_links(stating=stating, waiting=waiting)
        companies, people = _look_up(events, said_of_companies)
    return companies, people


def _look_up(events: Sequence[Event], said: Sequence[CompanySaid]) -> tuple[Companies, People]:
    ids = {text for e in events for text in (e.user_id, e.visitor, e.previous_id) if text}
    emails = {e.email for e in events if e.email}
    people = People(ids=ids, emails=emails)
    domains = {name for item in said for name in item.domains} | {company_domain(email) for email in emails}
    domains |= {domain for domain in people.domains() if domain} | {event.domain for event in events}
    return Companies(group_ids={e.group_id for e in events if e.group_id}, domains=domains - {""}), people


def _waiting(touching: Iterable[Event], companies: Companies, people: People) -> set[str]:
    """The links that would change whose these touches are."""
    keys: set[str] = set()
    for event in touching:
        person = people.find(user_id=event.user_id, email=event.email, visitor=event.visitor)
        keys |= people.links_to_wait_for(person, email=event.email, visitor=event.visitor)
        homeless = person is None or person.account_id is None
        if homeless and event.group_id and companies.account_of_group(event.group_id) is None:
            keys.add(group_key(event.group_id))
        if homeless and (domain := company_domain(event.email) or event.domain):
            keys.add(domain_key(domain))
    return keys


def _person_said(event: Event) -> PersonSaid | None:
    """What an event says of a person: any that names one by user id or e-mail does."""
    if not event.user_id and not event.email:
        return None
    return PersonSaid(
        at=event.occurred_at,
        order=event.message_id,
        user_id=event.user_id,
        email=event.email,
        visitor=event.visitor,
        previous_id=event.previous_id if event.kind == "alias" else "",
        fields=person_fields(event.person_traits) if event.person_traits else {},
        group_id=event.group_id,
    )


def _companies_said(groups: Sequence[Event]) -> list[CompanySaid]:
    if not groups:
        return []
    custom = {key_of(row.key): row for row in CustomField.objects.all()}
    return [
        CompanySaid(
            at=event.occurred_at,
            order=event.message_id,
            group_id=event.group_id,
            domains=company_domains(event.traits, event.group_id),
            fields=company_fields(event.traits),
            custom=_custom(event.traits, custom),
        )
        for event in groups
    ]


def _custom(traits: Any, fields: dict[str, CustomField]) -> dict[str, Any]:
    if not fields:
        return {}
    values = by_key(traits)
    found = {
        row.key: custom_value(row.kind, row.choices, values[name]) for name, row in fields.items() if name in values
    }
    return {key: value for key, value in found.items() if value is not None}


def _touch(
    event: Event,
    reading: Reading,
    themes: dict[str, int | None],
    companies: Companies,
    people: People,
    traffic: Traffic,
) -> touches.NewTouch:
    person = people.find(user_id=event.user_id, email=event.email, visitor=event.visitor)
    domain = company_domain(event.email) or (person.domain if person else "") or event.domain
    account_id = person.account_id if person else None
    if account_id is None:
        account_id = event.account_id
    if account_id is None:
        account_id = companies.account_of_group(event.group_id) or companies.account_of_domain(domain)
    if reading.theme_name:
        reading = reading.with_theme(themes.get(reading.theme_name))
    ignored = traffic.why(properties=event.properties, context=event.context, domain=domain)
    return touches.NewTouch(event, reading, account_id, person.id if person else None, domain, ignored)


def _raise_unmatched_hands(rows: Iterable[touches.NewTouch], ids: dict[str, int]) -> None:
    """A demo or contact request at no account of ours goes to triage; those of accounts are found by their evaluation."""
    Transition.objects.bulk_create(
        Transition(
            kind=Transition.Kind.HAND_RAISE,
            touch_id=ids[row.event.message_id],
            contact_id=row.contact_id,
            occurred_at=row.event.occurred_at,
        )
        for row in rows
        if row.account_id is None and row.reading.touch_type.hand_raise and not row.ignored
    )


def _json(payload: Any) -> Any:
    """As a column of JSON takes it that can't be empty: None, which is an event too, is JSON's null."""
    return Value(None, JSONField()) if payload is None else payload
