"""Puts a demo world into the database, by COPY: companies, people, touches, intent, and the history of what decides."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.companies import first_facts
from accounts.facts import plain
from accounts.matching import company_domain
from accounts.models import (
    Account,
    AccountFact,
    AccountIdentifier,
    AccountTechnology,
    BuyingCenter,
    Contact,
    ContactFact,
    Domain,
    Persona,
    Source,
    Technology,
    User,
    VisitorIdentity,
)
from accounts.models.account import Lifecycle
from accounts.people import first_facts as first_contact_facts
from accounts.record_ids import completed
from handoff.demo.copying import copy_rows, next_ids
from handoff.demo.rows import Company, Person, TouchRow, stream
from handoff.demo.world import World
from signals.models import IngestCount, IntentSignal, IntentTopic, SetAsideEvent, Theme, Touch, TouchLedger, TouchType

SOURCE = "demo"
WEBSITE, REPS = "Northbeam website", "Rep activity"


@dataclass(frozen=True)
class Written:
    """The ids that the world got, by the indexes of its companies and people."""

    accounts: list[int]
    centers: dict[tuple[int, str], int]  # (company, name of the center; "" for the whole)
    contacts: list[int]


def write(world: World, *, staff: dict[str, User]) -> Written:
    """Write the world. The caller has the transaction and has set up the catalogue."""
    start = dt.datetime.combine(world.today, dt.time(), dt.UTC)
    accounts = next_ids(Account, len(world.companies))
    _write_accounts(world, accounts, staff, start)
    centers = _write_centers(world, accounts, start)
    contacts = next_ids(Contact, len(world.people))
    _write_people(world, accounts, centers, contacts, start)
    strangers = _write_strangers(world)
    prefix = f"demo-{world.seed}"
    write_touches(world.touches, accounts=accounts, contacts=contacts, strangers=strangers, prefix=prefix)
    _write_signals(world, accounts)
    _write_set_aside(world, start)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Written(accounts, centers, contacts)


def _write_accounts(world: World, ids: list[int], staff: dict[str, User], start: dt.datetime) -> None:
    columns = (
        "id", "name", "website", "industry", "employees", "annual_revenue", "annual_revenue_currency", "revenue_growth",
        "locations", "country", "region", "city", "is_target", "tier", "owner_sdr_id", "owner_ae_id", "parent_id",
        "lifecycle", "customer_since", "customer_until", "custom", "created_at", "updated_at",
    )  # fmt: skip
    rows = [_account(company, ids, staff, start) for company in world.companies]
    copy_rows(Account, columns, ([getattr(row, name) for name in columns] for row in rows))
    copy_rows(
        Domain,
        ("account_id", "name", "is_primary"),
        ((ids[c.index], name, name == c.domain) for c in world.companies for name in (c.domain, *c.other_domains)),
    )
    copy_rows(
        AccountIdentifier,
        ("account_id", "system", "value"),
        ((ids[c.index], "salesforce", completed(f"001NB{c.index:010}")) for c in world.companies if c.is_target),
    )
    technologies = dict(Technology.objects.values_list("name", "id"))
    copy_rows(
        AccountTechnology,
        ("account_id", "technology_id", "status", "known_from"),
        (
            (ids[c.index], technologies[name], status, _known_from(c, start))
            for c in world.companies
            for status, names in (("uses", c.uses), ("evaluating", c.evaluating))
            for name in names
        ),
    )
    copy_rows(
        AccountFact,
        ("account_id", "field", "value", "known_from", "source"),
        (
            (owner, field, json.dumps(plain(value)), _learned(company, field, start), SOURCE)
            for company, row in zip(world.companies, rows, strict=True)
            for owner, field, value in first_facts(row)
        ),
    )


def _known_from(company: Company, start: dt.datetime) -> dt.datetime:
    return start - dt.timedelta(days=company.known_for_days)


def _learned(company: Company, field: str, start: dt.datetime) -> dt.datetime:
    """Since when we know a field; of one account the number of employees came late."""
    if field == "employees" and company.sized_days_ago:
        return start - dt.timedelta(days=company.sized_days_ago, hours=-9)
    return _known_from(company, start)


def _account(company: Company, ids: list[int], staff: dict[str, User], start: dt.datetime) -> Account:
    since = _known_from(company, start)
    lifecycle = Lifecycle.PROSPECT
    if company.customer_since:
        lifecycle = Lifecycle.FORMER_CUSTOMER if company.customer_until else Lifecycle.CUSTOMER
    return Account(
        id=ids[company.index],
        name=company.name,
        website=f"https://www.{company.domain}",
        industry=company.industry,
        employees=company.employees,
        annual_revenue=company.revenue,
        annual_revenue_currency=company.currency,
        revenue_growth=company.growth,
        locations=company.locations,
        country=company.country,
        region=company.region,
        city=company.city,
        is_target=company.is_target,
        tier=company.tier,
        owner_sdr=staff.get(company.owner_sdr or ""),
        owner_ae=staff.get(company.owner_ae or ""),
        parent_id=None if company.parent is None else ids[company.parent],
        lifecycle=lifecycle,
        customer_since=company.customer_since,
        customer_until=company.customer_until,
        custom=company.custom,
        created_at=since,
        updated_at=since,
    )


def _write_centers(world: World, accounts: list[int], start: dt.datetime) -> dict[tuple[int, str], int]:
    wanted = [(c.index, name) for c in world.companies for name in ("", *c.centers)]
    ids = dict(zip(wanted, next_ids(BuyingCenter, len(wanted)), strict=True))
    copy_rows(
        BuyingCenter,
        ("id", "account_id", "name", "is_default", "created_at"),
        (
            (ids[index, name], accounts[index], name, not name, _known_from(world.companies[index], start))
            for index, name in wanted
        ),
    )
    return ids


def _write_people(
    world: World, accounts: list[int], centers: dict[tuple[int, str], int], ids: list[int], start: dt.datetime
) -> None:
    personas = dict(Persona.objects.values_list("name", "id"))
    columns = (
        "id", "account_id", "center_id", "email", "domain", "first_name", "last_name", "phone", "title", "department",
        "seniority", "persona_id", "user_id", "do_not_contact", "excluded_from_scoring", "created_at", "updated_at",
    )  # fmt: skip
    rows = [_contact(person, world, accounts, centers, ids, personas, start) for person in world.people]
    copy_rows(Contact, columns, ([getattr(row, name) for name in columns] for row in rows))
    copy_rows(
        ContactFact,
        ("contact_id", "field", "value", "known_from", "source"),
        (
            (owner, field, json.dumps(plain(value)), row.created_at, SOURCE)
            for row in rows
            for owner, field, value in first_contact_facts(row)
        ),
    )
    seen = {t.visitor for t in world.touches if t.person is not None}
    copy_rows(
        VisitorIdentity,
        ("anonymous_id", "contact_id", "known_from"),
        (
            (p.visitor, ids[p.index], _known_from(world.companies[p.company], start))
            for p in world.people
            if p.visitor in seen and p.visitor
        ),
    )


def _contact(
    person: Person,
    world: World,
    accounts: list[int],
    centers: dict[tuple[int, str], int],
    ids: list[int],
    personas: dict[str, int],
    start: dt.datetime,
) -> Contact:
    since = _known_from(world.companies[person.company], start)
    return Contact(
        id=ids[person.index],
        account_id=accounts[person.company],
        center_id=centers[person.company, person.center] if person.center else None,
        email=person.email,
        domain=company_domain(person.email),
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        title=person.title,
        department=person.department,
        seniority=person.seniority,
        persona_id=personas[person.persona] if person.persona else None,
        user_id=f"nb-{person.index:06}" if person.index % 7 == 0 else "",
        do_not_contact=person.do_not_contact,
        excluded_from_scoring=person.excluded,
        created_at=since,
        updated_at=since,
    )


def _write_strangers(world: World) -> dict[str, int]:
    """People with an address whose company nobody knows; they wait to be matched. Their ids by address."""
    first_seen: dict[str, dt.datetime] = {}
    for touch in world.touches:
        if touch.company is None and touch.email:
            first_seen.setdefault(touch.email, touch.at)
    ids = dict(zip(first_seen, next_ids(Contact, len(first_seen)), strict=True))
    copy_rows(
        Contact,
        ("id", "email", "domain", "created_at", "updated_at"),
        ((ids[email], email, company_domain(email), at, at) for email, at in first_seen.items()),
    )
    return ids


def write_touches(
    touches: list[TouchRow],
    *,
    accounts: list[int],
    contacts: list[int],
    strangers: dict[str, int],
    prefix: str,
) -> None:
    """Write touches with their entries in the ledger and the counts of each day. `prefix` begins their message ids."""
    if not touches:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT signals_ensure_touch_partitions(%s, %s)", [touches[0].at.date(), touches[-1].at.date()])
    types = dict(TouchType.objects.values_list("key", "id"))
    themes = dict(Theme.objects.values_list("key", "id"))
    sources = {name: Source.objects.get_or_create(name=name)[0].pk for name in (WEBSITE, REPS)}
    columns = (
        "id", "account_id", "contact_id", "touch_type_id", "theme_id", "channel", "campaign", "minutes", "ignored",
        "known_from", "source_id", "message_id", "occurred_at", "received_at", "kind", "name", "path", "visitor",
        "user_id", "email", "domain", "group_id", "payload",
    )  # fmt: skip
    ids = next_ids(Touch, len(touches))
    rng = stream(len(touches), "delivery")
    delays = [dt.timedelta(milliseconds=rng.randint(180, 4200)) for _ in range(997)]
    ledger = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, touch in enumerate(touches):
            message_id = f"{prefix}-{number:07}"
            source = sources[REPS if touch.kind == "manual" else WEBSITE]
            received = touch.at + delays[number % len(delays)]
            payload = json.dumps(_payload(touch))
            ledger.append((source, _digest(message_id), _digest(payload), received))
            anonymous = touch.company is not None and touch.person is None
            yield (
                ids[number],
                None if touch.company is None else accounts[touch.company],
                strangers.get(touch.email) if touch.person is None else contacts[touch.person],
                types[touch.type],
                themes[touch.theme] if touch.theme else None,
                touch.channel,
                touch.campaign,
                touch.minutes,
                "",
                received,
                source,
                message_id,
                touch.at,
                received,
                touch.kind,
                touch.name,
                touch.path,
                touch.visitor,
                "",
                touch.email,
                touch.domain or company_domain(touch.email),
                touch.domain if anonymous else "",
                payload,
            )

    copy_rows(Touch, columns, rows())
    copy_rows(TouchLedger, ("source_id", "digest", "body", "received_at"), ledger)
    _write_counts(touches, sources)


def _payload(touch: TouchRow) -> dict[str, Any]:
    """Properties and context, as the site's tag sends them."""
    context: dict[str, Any] = {}
    if campaign := {key: text for key, text in (("name", touch.campaign), ("medium", touch.channel)) if text}:
        context["campaign"] = campaign
    if touch.path:
        context["page"] = {"path": touch.path, "title": touch.name}
    return {"properties": touch.properties, "context": context}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _write_counts(touches: list[TouchRow], sources: dict[str, int]) -> None:
    """What came in a day, as the door would have counted it; the set-aside ones are counted in `_write_set_aside`."""
    days: dict[tuple[int, dt.date], int] = {}
    for touch in touches:
        key = (sources[REPS if touch.kind == "manual" else WEBSITE], touch.at.date())
        days[key] = days.get(key, 0) + 1
    copy_rows(
        IngestCount,
        ("source_id", "at", "received", "accepted", "duplicate", "set_aside"),
        (
            (source, dt.datetime.combine(day, dt.time(23, 59), dt.UTC), count, count, 0, 0)
            for (source, day), count in sorted(days.items(), key=lambda item: (item[0][1], item[0][0]))
        ),
    )


def _write_signals(world: World, accounts: list[int]) -> None:
    topics = dict(IntentTopic.objects.values_list("name", "id"))
    copy_rows(
        IntentSignal,
        ("account_id", "domain", "topic_id", "provider", "kind", "composite", "observed_on", "received_at"),
        (
            (
                None if s.company is None else accounts[s.company],
                s.domain,
                topics[s.topic],
                s.provider,
                s.kind,
                s.composite,
                s.observed_on,
                s.received_at,
            )
            for s in world.signals
        ),
    )


def _write_set_aside(world: World, start: dt.datetime) -> None:
    """A handful of events that could not be taken, so that the page which shows them has some."""
    source = Source.objects.get(name=WEBSITE)
    cases = (
        ("no_identity", "Neither userId nor anonymousId was sent.", {"type": "page", "name": "Pricing"}),
        ("future", "The timestamp lies more than a day ahead.", {"type": "track", "event": "Webinar Attended"}),
        ("too_large", "The event is larger than 32 KB.", {"type": "track", "event": "Survey Submitted"}),
    )
    rng = stream(world.seed, "set aside")
    for number in range(7):
        code, reason, payload = cases[number % len(cases)]
        at = start - dt.timedelta(hours=rng.randint(2, 160))
        SetAsideEvent.objects.create(
            source=source, received_at=at, code=code, reason=reason, payload={**payload, "messageId": f"aside-{number}"}
        )
        IngestCount.objects.create(source=source, at=at, received=1, accepted=0, duplicate=0, set_aside=1)
