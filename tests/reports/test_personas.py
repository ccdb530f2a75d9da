"""Credit by persona: as each person was at the moment of the touch."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Contact, ContactFact, Persona
from accounts.people import create_contact
from reports import attributed
from reports.period import Period
from tests.reports.facts import DAY, company, deal, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_a_persona_is_credited_as_its_person_was_when_touching() -> None:
    account = company("Halden")
    person = create_contact(account=account, email="a@halden.com")
    finance, it = Persona.objects.create(name="Finance lead"), Persona.objects.create(name="IT lead")
    ContactFact.objects.filter(contact=person).delete()
    for persona, day in ((it, 2), (finance, 5)):
        ContactFact.objects.create(
            contact=person, field="persona", value=persona.pk, known_from=DAY + timedelta(days=day)
        )
    Contact.objects.filter(pk=person.pk).update(persona=finance)
    for day in (1, 3, 6):
        touch(account, day=day, channel="ads", contact=person)
    touch(account, day=7, channel="ads")
    deal(account, day=8, stage="won", closed=date(2026, 3, 20), amount="100.00")
    found = attributed.attribute(MARCH, attributed.Options(model="linear", by="persona"))
    assert {one.key: one.amounts["USD"] for one in found.credits} == {
        "IT lead": Decimal(50),
        "Finance lead": Decimal(25),
        "(unknown)": Decimal(25),
    }


def test_a_persona_without_a_history_was_always_the_one_it_is() -> None:
    account = company("Halden")
    finance, it = Persona.objects.create(name="Finance lead"), Persona.objects.create(name="IT lead")
    people = [create_contact(account=account, email=f"{name}@halden.com") for name in "abc"]
    ContactFact.objects.filter(contact__in=people).delete()
    # One was something else before, one always what it is, and one never anything; the last of two at one moment counts.
    for persona in (it, finance):
        ContactFact.objects.create(
            contact=people[0], field="persona", value=persona.pk, known_from=DAY + timedelta(days=5)
        )
    Contact.objects.filter(pk=people[1].pk).update(persona=it)
    for person in people:
        for day in (1, 6):
            touch(account, day=day, channel="ads", contact=person)
    deal(account, day=8, stage="won", closed=date(2026, 3, 20), amount="120.00")
    found = attributed.attribute(MARCH, attributed.Options(model="linear", by="persona"))
    assert {one.key: (one.amounts["USD"], one.touches) for one in found.credits} == {
        "IT lead": (Decimal(60), 3),
        "(unknown)": (Decimal(40), 2),
        "Finance lead": (Decimal(20), 1),
    }
