"""What can be done to people, with the history it leaves."""

import pytest
from django.core.exceptions import ValidationError

from accounts.companies import create_account, create_center
from accounts.models import Account, Contact, ContactFact, Persona, SeniorityRule
from accounts.people import create_contact, move_to_center, reapply_title_rules, update_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Account:
    return create_account(name="Acme", domain="acme.com")


def facts(contact: Contact) -> list[tuple[str, object]]:
    return list(ContactFact.objects.filter(contact=contact).order_by("pk").values_list("field", "value"))


def test_a_new_person_finds_account_seniority_and_persona(acme: Account) -> None:
    jo = create_contact(account=None, email=" Jo@Mail.Acme.com ", title="VP Finance", department="Finance")
    persona = Persona.objects.get(name="Economic buyer (finance)")
    assert (jo.email, jo.domain, jo.account, jo.seniority, jo.persona) == (
        "jo@mail.acme.com",
        "acme.com",
        acme,
        "vp",
        persona,
    )
    assert facts(jo) == [
        ("account", acme.pk),
        ("seniority", "vp"),
        ("persona", persona.pk),
        ("department", "Finance"),
    ]


def test_an_address_or_user_id_belongs_to_one_person(acme: Account) -> None:
    create_contact(account=acme, email="jo@acme.com", user_id="u1")
    for fields in ({"email": "JO@acme.com"}, {"user_id": "u1"}):
        with pytest.raises(ValidationError):
            create_contact(account=acme, **fields)
    with pytest.raises(ValidationError) as refused:
        create_contact(account=acme, email="not an address")
    assert list(refused.value.message_dict) == ["email"]
    assert Contact.objects.count() == 1


def test_what_a_person_decides_stays_until_given_back_to_the_rules(acme: Account) -> None:
    jo = create_contact(account=acme, title="Manager")
    update_contact(contact=jo, by=None, seniority="vp")
    update_contact(contact=jo, by=None, title="Director")
    assert (jo.seniority, jo.seniority_overridden) == ("vp", True)
    update_contact(contact=jo, by=None, seniority_overridden=False)
    assert (jo.seniority, jo.seniority_overridden) == ("director", False)
    assert [value for field, value in facts(jo) if field == "seniority"] == ["manager", "vp", "director"]
    practitioner = Persona.objects.get(name="Practitioner")
    al = create_contact(account=acme, title="CFO", persona=practitioner)
    update_contact(contact=al, by=None, title="CTO")
    assert (al.persona, al.persona_overridden) == (practitioner, True)


def test_people_belong_to_centers_of_their_own_account(acme: Account) -> None:
    other = create_account(name="Other")
    emea, foreign = (
        create_center(account=acme, name="EMEA", by=None),
        create_center(account=other, name="EMEA", by=None),
    )
    jo, al = create_contact(account=acme), create_contact(account=acme)
    assert move_to_center(contacts=[jo, al], center=emea, by=None) == 2
    assert move_to_center(contacts=[jo], center=emea, by=None) == 0
    with pytest.raises(ValidationError):
        move_to_center(contacts=[jo], center=foreign, by=None)
    assert facts(jo)[-1] == ("center", emea.pk)
    update_contact(contact=jo, by=None, account=other)
    assert (jo.account, jo.center) == (other, None)
    assert facts(jo)[-2:] == [("account", other.pk), ("center", None)]
    whole = acme.centers.get(is_default=True)
    assert move_to_center(contacts=[al], center=whole, by=None) == 1
    al.refresh_from_db()
    assert al.center is None


def test_a_changed_rule_reaches_everybody_but_overrides(acme: Account) -> None:
    people = [create_contact(account=acme, title="Wizard") for _ in range(3)]
    update_contact(contact=people[0], by=None, seniority="manager")
    SeniorityRule.objects.create(position=1, seniority="vp", title_words="wizard")
    assert reapply_title_rules(by=None) == 2
    assert reapply_title_rules(by=None) == 0
    assert sorted(Contact.objects.values_list("seniority", flat=True)) == ["manager", "vp", "vp"]
    assert facts(people[1])[-1] == ("seniority", "vp")


def test_people_who_wait_come_to_the_account_that_arrives() -> None:
    jo = create_contact(account=None, email="jo@later.io")
    free = create_contact(account=None, email="jo@gmail.com")
    later = create_account(name="Later", domain="later.io")
    jo.refresh_from_db()
    free.refresh_from_db()
    assert (jo.account, free.account) == (later, None)
    assert facts(jo)[-1] == ("account", later.pk)


def test_an_objection_to_profiling_is_written_down(acme: Account) -> None:
    jo = create_contact(account=acme)
    update_contact(contact=jo, by=None, excluded_from_scoring=True)
    assert facts(jo)[-1] == ("excluded_from_scoring", True)
