"""People from files: whose they are, what they do, and what was said of them before."""

from datetime import date

import pytest

from accounts.companies import create_account
from accounts.models import (
    Account,
    BuyingCenter,
    Contact,
    ContactFact,
)
from accounts.people import create_contact
from signals.models import RescoreRequest
from tests.accounts.imports_help import counts, imported

pytestmark = pytest.mark.django_db


def test_contacts_that_waited_for_an_imported_domain_come_to_its_account():
    person = create_contact(account=None, email="ann@acme.com")
    imported("Name,Domain\nAcme,acme.com\n")

    person.refresh_from_db()
    assert person.account == Account.objects.get()


def test_contacts_find_their_account_and_their_seniority():
    acme = create_account(name="Acme", domain="acme.com")
    beta = create_account(name="Beta")
    table = (
        "First Name,Last Name,Email,Job Title,Company Name,Unsubscribed from all email,"
        "Became a Marketing Qualified Lead Date\n"
        "Ann,Lee,Ann@Acme.com,VP Sales,,true,2026-11-02\n"
        "Bob,Ray,bob@gmail.com,CTO,beta,,\n"
        "Cy,Fox,cy@nowhere.org,Intern,Nowhere,,\n"
        ",,not an address,,,,\n"
        "Dee,Day,,Director,Acme,,\n"
    )

    owner = imported(table)

    assert owner.kind == "contacts"
    assert counts(owner) == (3, 0, 0, 2)
    found = {c.email: c for c in Contact.objects.all()}
    assert {email: c.account for email, c in found.items()} == {
        "ann@acme.com": acme,
        "bob@gmail.com": beta,
        "cy@nowhere.org": None,
    }
    ann = found["ann@acme.com"]
    assert (ann.seniority, ann.do_not_contact, ann.mql_external_from) == ("vp", True, date(2026, 11, 2))
    assert found["bob@gmail.com"].seniority == "c_level"
    assert owner.reasons == {"E-mail … is not an e-mail address": 1, "A person needs an e-mail address or a user id": 1}
    assert owner.notes == {"No account yet: the person waits for it": 1}
    assert counts(imported(table)) == (0, 0, 3, 2)


def test_an_imported_person_has_the_history_that_one_made_on_a_page_has():
    acme = create_account(name="Acme", domain="acme.com")
    by_hand = create_contact(
        account=acme, email="a@acme.com", title="CFO", department="Finance", excluded_from_scoring=True
    )
    imported(
        "Email,Title,Department,Objects to profiling\nb@acme.com,CFO,Finance,yes\nc@free.org,,,no\n", kind="contacts"
    )

    def history(person):
        return {fact.field: fact.value for fact in ContactFact.objects.filter(contact=person)}

    assert history(Contact.objects.get(email="b@acme.com")) == history(by_hand)
    alone = create_contact(account=None, email="d@free.org")
    assert history(Contact.objects.get(email="c@free.org")) == history(alone)


def test_a_file_states_consent_withdrawn_and_never_gives_it_back():
    acme = create_account(name="Acme", domain="acme.com")
    person = create_contact(account=acme, email="a@acme.com", do_not_contact=True, excluded_from_scoring=True)

    owner = imported("Email,Email Opt Out,Objects to profiling\na@acme.com,0,0\n", kind="contacts")

    person.refresh_from_db()
    assert (person.do_not_contact, person.excluded_from_scoring) == (True, True)
    assert counts(owner) == (0, 0, 1, 0)


def test_a_person_who_moves_to_another_account_leaves_the_center_and_both_are_evaluated():
    acme = create_account(name="Acme", domain="acme.com")
    beta = create_account(name="Beta", domain="beta.de")
    center = BuyingCenter.objects.create(account=acme, name="EMEA")
    person = create_contact(account=acme, email="a@acme.com", center=center)
    RescoreRequest.objects.all().delete()

    imported("Email,Account Name\na@acme.com,Beta\n", kind="contacts")

    person.refresh_from_db()
    assert (person.account, person.center) == (beta, None)
    history = ContactFact.objects.filter(contact=person, source="import").order_by("field")
    assert list(history.values_list("field", "value")) == [("account", beta.pk), ("center", None)]
    accounts = RescoreRequest.objects.values_list("center__account", flat=True)
    assert set(accounts) == {acme.pk, beta.pk}


def test_titles_overridden_by_hand_stay():
    acme = create_account(name="Acme", domain="acme.com")
    person = create_contact(account=acme, email="a@acme.com", title="CFO", seniority="director")

    imported("Email,Title\na@acme.com,CEO\n", kind="contacts")

    person.refresh_from_db()
    assert (person.title, person.seniority) == ("CEO", "director")
