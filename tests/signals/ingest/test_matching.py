"""Whose a touch is: people by user id, e-mail and visitor; companies by domain and group; what waits, and who comes along."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.companies import create_account
from accounts.models import Account, AccountFact, AccountIdentifier, BuyingCenter, Contact, Domain, VisitorIdentity
from accounts.people import create_contact, update_contact
from signals.models import PastReading, RescoreRequest, SetAsideEvent, Touch, Transition
from tests.signals.ingest.sending import Sender, group, identify, page, readings, track

pytestmark = pytest.mark.django_db


def test_a_touch_finds_its_account_by_the_domain_of_the_persons_email() -> None:
    acme = create_account(name="Acme", domain="acme.com")
    RescoreRequest.objects.all().delete()
    Sender().batch(
        identify("u1", "Jo@mail.acme.com", traits={"title": "VP Finance", "name": "Jo Doe", "department": "Finance"}),
        track("Case Study Downloaded", userId="u1", messageId="m1"),
    )
    jo = Contact.objects.get()
    assert (jo.email, jo.first_name, jo.last_name, jo.title, jo.seniority, jo.account) == (
        "jo@mail.acme.com",
        "Jo",
        "Doe",
        "VP Finance",
        "vp",
        acme,
    )
    assert jo.persona is not None
    assert jo.persona.name == "Economic buyer (finance)"
    assert readings() == [("case_study", "Acme", "jo@mail.acme.com")]
    touch = Touch.objects.get()
    assert (touch.domain, touch.minutes, touch.user_id, touch.kind) == ("acme.com", Decimal(10), "u1", "track")
    center = BuyingCenter.objects.get(account=acme)
    assert list(RescoreRequest.objects.values_list("center_id", "priority", "reason")) == [(center.pk, 0, "touch")]


def test_a_user_id_that_is_an_address_is_the_email() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(track(userId="vp@acme.com"))
    assert readings() == [("webinar_attended", "Acme", "vp@acme.com")]


def test_an_email_in_the_context_or_of_a_form_names_the_person() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        track(anonymousId="a1", context={"traits": {"email": "ann@acme.com", "title": "CTO"}}),
        track("Demo Requested", anonymousId="a2", properties={"email": "bob@acme.com"}),
        page("/pricing", anonymousId="a2"),
    )
    assert readings() == [
        ("webinar_attended", "Acme", "ann@acme.com"),
        ("demo_request", "Acme", "bob@acme.com"),
        ("pricing_page", "Acme", "bob@acme.com"),
    ]
    assert Contact.objects.get(email="ann@acme.com").seniority == "c_level"


def test_free_mail_matches_no_company_and_makes_none() -> None:
    create_account(name="Odd", domain="odd.com")
    Sender().batch(
        identify("u1", "jo@gmail.com"),
        track(userId="u1"),
        group("g1", name="Jo's", email="jo@gmail.com"),
    )
    assert readings() == [("webinar_attended", "", "jo@gmail.com")]
    assert Account.objects.count() == 1
    assert list(SetAsideEvent.objects.values_list("code", flat=True)) == ["free_mail"]


def test_a_group_makes_its_account_with_its_traits_and_brings_the_person() -> None:
    Sender().batch(
        identify("u1", "jo@gmail.com"),
        {
            "type": "group",
            "userId": "u1",
            "groupId": "g1",
            "traits": {
                "name": "Initech",
                "website": "https://www.initech.com/home",
                "industry": "Technology",
                "employees": "1,329",
                "annualRevenue": "$5M",
                "address": {"country": "USA", "city": "Austin"},
            },
        },
        track(userId="u1"),
    )
    account = Account.objects.get()
    assert (account.name, account.domain, account.industry, account.employees, account.country, account.city) == (
        "Initech",
        "initech.com",
        "Technology",
        1329,
        "USA",
        "Austin",
    )
    assert account.annual_revenue == Decimal("5000000.00")
    assert BuyingCenter.objects.filter(account=account, is_default=True).count() == 1
    assert dict(AccountFact.objects.filter(source="events").values_list("field", "value")) == {
        "industry": "Technology",
        "employees": 1329,
        "annual_revenue": "5000000.00",
        "country": "USA",
        "is_target": False,
        "lifecycle": "prospect",
    }
    assert readings() == [("webinar_attended", "Initech", "jo@gmail.com")]
    assert AccountIdentifier.objects.get().value == "g1"


def test_a_group_of_a_known_domain_is_that_account_and_later_words_win() -> None:
    acme = create_account(name="Acme Corporation", domain="acme.com", employees=10)
    sender = Sender()
    sender.batch({**group("g1", name="acme", website="acme.com", employees=20), "timestamp": "2026-11-10T00:00:00Z"})
    sender.batch({**group("g1", employees=30), "timestamp": "2026-11-12T00:00:00Z"})
    sender.batch({**group("g1", employees=25), "timestamp": "2026-11-11T00:00:00Z"})
    acme.refresh_from_db()
    assert (Account.objects.count(), acme.name, acme.employees) == (1, "Acme Corporation", 30)


def test_a_group_with_nothing_to_go_by_is_set_aside_and_its_touches_wait() -> None:
    sender = Sender()
    sender.batch(group("g1"), page("/pricing", anonymousId="a", context={"groupId": "g1"}))
    assert list(SetAsideEvent.objects.values_list("code", flat=True)) == ["unnamed_group"]
    assert readings() == [("pricing_page", "", "")]
    sender.batch(group("g1", name="Acme"))
    assert readings() == [("pricing_page", "Acme", "")]


def test_touches_wait_for_their_account_and_are_matched_when_it_arrives() -> None:
    Sender().batch(identify("u1", "jo@acme.com"), track(userId="u1", timestamp="2026-11-01T10:00:00Z"))
    assert readings() == [("webinar_attended", "", "jo@acme.com")]
    acme = create_account(name="Acme", domain="acme.com")
    assert readings() == [("webinar_attended", "Acme", "jo@acme.com")]
    touch, past, jo = Touch.objects.get(), PastReading.objects.get(), Contact.objects.get()
    assert (past.touch_id, past.account_id, past.contact_id) == (touch.pk, None, jo.pk)
    assert past.known_from == touch.received_at
    assert past.known_until == touch.known_from
    assert jo.account == acme
    assert RescoreRequest.objects.filter(center__account=acme, reason="reading").count() == 1


def test_a_visitor_who_is_identified_brings_the_earlier_touches_along() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(page("/pricing", anonymousId="a1"), page("/blog", anonymousId="a2"))
    assert readings() == [("pricing_page", "", ""), ("blog_page", "", "")]
    sender.batch(identify("u1", "jo@acme.com", anonymousId="a1"))
    assert readings() == [("pricing_page", "Acme", "jo@acme.com"), ("blog_page", "", "")]
    sender.batch(page("/product", anonymousId="a1"))
    assert readings()[2] == ("product_page", "Acme", "jo@acme.com")
    assert PastReading.objects.count() == 1


def test_any_event_with_both_ids_identifies_the_visitor() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(page("/pricing", anonymousId="a1"))
    sender.batch(track(anonymousId="a1", userId="jo@acme.com"))
    assert readings()[0] == ("pricing_page", "Acme", "jo@acme.com")


def test_the_order_within_a_batch_does_not_matter() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        page("/pricing", anonymousId="a1"),
        track(userId="u1"),
        group("g1", user_id="u1", website="acme.com"),
        identify("u1", "jo@acme.com", anonymousId="a1"),
    )
    assert readings() == [("pricing_page", "Acme", "jo@acme.com"), ("webinar_attended", "Acme", "jo@acme.com")]


def test_an_alias_says_what_somebody_was_called_before() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(page("/pricing", anonymousId="a1"), track(userId="old"))
    sender.batch(identify("u1", "jo@acme.com"))
    sender.batch({"type": "alias", "previousId": "a1", "userId": "u1"})
    sender.batch({"type": "alias", "previousId": "old", "userId": "u1"})
    sender.batch(track("Demo Requested", userId="old"))
    assert readings() == [
        ("pricing_page", "Acme", "jo@acme.com"),
        ("webinar_attended", "Acme", "jo@acme.com"),
        ("demo_request", "Acme", "jo@acme.com"),
    ]
    assert set(VisitorIdentity.objects.values_list("anonymous_id", flat=True)) == {"a1", "old"}


def test_a_user_id_without_an_address_turns_out_to_be_somebody_known() -> None:
    acme = create_account(name="Acme", domain="acme.com")
    jo = create_contact(account=acme, email="jo@acme.com", title="Director")
    sender = Sender()
    sender.batch(track(userId="u1", anonymousId="a1"))
    shell = Contact.objects.get(user_id="u1")
    assert readings() == [("webinar_attended", "", "")]
    sender.batch(identify("u1", "jo@acme.com", traits={"phone": "1"}))
    jo.refresh_from_db()
    shell.refresh_from_db()
    assert (jo.user_id, jo.phone, jo.title) == ("u1", "1", "Director")
    assert (shell.user_id, shell.merged_into, shell.account) == ("", jo, None)
    assert readings() == [("webinar_attended", "Acme", "jo@acme.com")]
    assert VisitorIdentity.objects.get().contact == jo
    assert PastReading.objects.get().contact_id == shell.pk


def test_two_user_ids_with_one_address_are_one_person() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(identify("u1", "jo@acme.com"))
    sender.batch(identify("u2", "jo@acme.com"), track(userId="u2"))
    assert Contact.objects.get().user_id == "u1"
    assert readings() == [("webinar_attended", "Acme", "jo@acme.com")]


def test_a_person_may_get_another_address() -> None:
    sender = Sender()
    sender.batch(identify("u1", "jo@old.com"))
    sender.batch(identify("u1", "jo@new.com"))
    jo = Contact.objects.get()
    assert (jo.email, jo.domain) == ("jo@new.com", "new.com")


def test_what_a_person_set_by_hand_stays() -> None:
    acme = create_account(name="Acme", domain="acme.com")
    jo = create_contact(account=acme, email="jo@acme.com", title="Manager")
    update_contact(contact=jo, by=None, title="Director", department="IT")
    Sender().batch(identify("u1", "jo@acme.com", traits={"title": "Intern", "firstName": "Jo"}))
    jo.refresh_from_db()
    assert (jo.title, jo.seniority, jo.first_name) == ("Director", "director", "Jo")


def test_an_older_trait_that_comes_late_changes_nothing() -> None:
    sender = Sender()
    sender.batch(identify("u1", traits={"title": "Director"}, timestamp="2026-11-10T00:00:00Z"))
    sender.batch(identify("u1", traits={"title": "Manager"}, timestamp="2026-11-09T00:00:00Z"))
    assert Contact.objects.get().title == "Director"
    sender.batch(identify("u1", traits={"title": "VP"}, timestamp="2026-11-11T00:00:00Z"))
    assert Contact.objects.get().seniority == "vp"


def test_a_group_id_that_is_a_domain_needs_no_introduction() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(
        page("/pricing", anonymousId="a1", context={"groupId": "www.acme.com"}),
        track(userId="u1", traits={}, context={"groupId": "acme.com", "traits": {"email": "jo@gmail.com"}}),
        page("/blog", anonymousId="a2", context={"groupId": "later.io"}),
        page("/", anonymousId="a3", context={"groupId": "gmail.com"}),
    )
    assert readings() == [
        ("pricing_page", "Acme", ""),
        ("webinar_attended", "Acme", "jo@gmail.com"),
        ("blog_page", "", ""),
        ("page_other", "", ""),
    ]
    assert Contact.objects.get().account == Account.objects.get()
    create_account(name="Later", domain="later.io")
    assert [company for _, company, _ in readings()] == ["Acme", "Acme", "Later", ""]


def test_a_person_keeps_the_company_when_an_event_names_another_group() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        identify("u1", "jo@acme.com"),
        group("g1", name="Client", website="client.com"),
        track(userId="u1", context={"groupId": "g1"}),
        page("/pricing", anonymousId="a9", context={"groupId": "g1"}),
    )
    assert readings() == [("webinar_attended", "Acme", "jo@acme.com"), ("pricing_page", "Client", "")]


def test_people_of_a_waiting_group_come_along_when_it_arrives() -> None:
    sender = Sender()
    sender.batch(track(userId="u1", context={"groupId": "g1"}), track("Demo Requested", userId="u1"))
    sender.batch(group("g1", name="Acme", domain="acme.com"))
    assert [company for _, company, _ in readings()] == ["Acme", "Acme"]
    assert Contact.objects.get().account == Account.objects.get()


def test_a_hand_raise_of_nobody_known_goes_to_triage_and_one_of_an_account_does_not() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        track("Demo Requested", anonymousId="a1", timestamp="2026-11-01T10:00:00Z", messageId="m1"),
        track("Form Submitted", userId="x@unknown.io", properties={"formName": "Contact us"}, messageId="m2"),
        track("Contact Requested", userId="jo@acme.com"),
    )
    first, second = Transition.objects.order_by("touch_id")
    assert (first.kind, first.center, first.contact, first.occurred_at) == (
        "hand_raise",
        None,
        None,
        datetime(2026, 11, 1, 10, tzinfo=UTC),
    )
    assert first.touch_id == Touch.objects.get(message_id="m1").pk
    assert (second.touch_id, second.contact) == (
        Touch.objects.get(message_id="m2").pk,
        Contact.objects.get(email="x@unknown.io"),
    )


def test_a_second_domain_of_an_account_matches_as_the_first() -> None:
    acme = create_account(name="Acme", domain="acme.com", more_domains=["acme.de"])
    Sender().batch(track(userId="a@acme.de"), track(userId="b@eu.acme.com"))
    assert Touch.objects.filter(account=acme).count() == 2
    assert Domain.objects.get(is_primary=True).name == "acme.com"
