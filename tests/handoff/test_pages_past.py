"""What an account was on a past day, and what changed between two decisions of it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.companies import update_account
from accounts.models import Account, User
from signals.actions import request_rescore_of_all
from signals.models import Decision
from signals.publishing import active_model, copy_to_draft, publish
from signals.rescore import rescore_until_done
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("priya@example.com", "x", name="Priya", role="sdr"))
    return client


@pytest.fixture
def company() -> Account:
    """The worked example, evaluated when two people had been seen, at noon of NOW, and after it left the targets."""
    company = given.worked_example()
    for at in (given.ago(3, hour=12), NOW):
        _evaluate(at)
    update_account(account=company, is_target=False, by=None, at=NOW + timedelta(hours=1))
    _evaluate(NOW + timedelta(hours=2))
    return company


def _evaluate(at: datetime) -> None:
    request_rescore_of_all(reason="test")
    rescore_until_done(now=at)


def day(client: Client, company: Account, on: object, **more: object):
    return client.get(reverse("desk:account_day", args=[company.pk]), {"day": str(on), **more})


def test_a_day_is_computed_at_its_end_from_what_was_known_then(client: Client, company: Account) -> None:
    """June 14 was never evaluated: the VP's two days were known, and that the account was a target."""
    page = day(client, company, TODAY - timedelta(days=1))
    then = page.context["decision"]
    assert then.as_of == datetime.combine(TODAY - timedelta(days=1), time.max, UTC)
    assert (then.qualified, then.stage, then.evidence["segment"]) == (True, "mqa", "target")
    assert [gate["passed"] for gate in then.evidence["gates"]] == [True] * 5
    stood = Decision.objects.order_by("as_of").first()
    assert page.context["stood"] == stood
    assert not stood.qualified
    changed = {row.label: (row.before, row.after) for row in page.context["changes"]}
    assert changed["Verdict"] == ("Consideration, blocked at cluster", "MQA")
    assert page.context["new_count"] == 3


def test_a_day_before_the_first_touch_says_so(client: Client, company: Account) -> None:
    page = day(client, company, TODAY - timedelta(days=30))
    # The center is as old as the test; nothing was decided so early.
    assert page.context.get("decision") is None
    assert "Not known yet" in page.content.decode()


@pytest.mark.parametrize("asked", ["", "yesterday", "2030-01-01"])
def test_no_day_and_a_day_to_come_lead_back_with_a_word(client: Client, company: Account, asked: str) -> None:
    answer = client.get(reverse("desk:account_day", args=[company.pk]), {"day": asked}, follow=True)
    assert answer.redirect_chain == [(reverse("desk:account", args=[company.pk]), 302)]
    assert [str(message) for message in answer.context["messages"]] == [
        "That day has not come yet." if asked == "2030-01-01" else "Choose a day, like 2026-09-30."
    ]


def test_a_decision_says_what_changed_since_the_one_before(client: Client, company: Account) -> None:
    first, second, third = Decision.objects.order_by("as_of")
    page = client.get(reverse("desk:decision", args=[third.pk]))
    assert (page.context["before"], page.context["after"]) == (second, None)
    changed = {row.label: (row.before, row.after) for row in page.context["changes"]}
    assert changed == {
        "Verdict": ("MQA", "Consideration, blocked at threshold"),
        "Policy for": ("target accounts", "all others"),
        "Threshold gate": ("91 / 70, passed", "91 / 70, not passed"),
    }
    assert (page.context["new_count"], page.context["old_count"]) == (0, 0)

    page = client.get(reverse("desk:decision", args=[second.pk]))
    assert (page.context["before"], page.context["after"]) == (first, third)
    changed = {row.label: (row.before, row.after) for row in page.context["changes"]}
    assert changed["Verdict"][1] == "MQA"
    assert changed["Cluster gate"] == ("2 / 3, not passed", "4 / 3, passed")
    assert [touch.touch_type.key for touch in page.context["new_touches"]] == [
        "product_page",
        "pricing_page",
        "pricing_page",
    ]
    assert page.context["came"] == str(company.contacts.get(seniority="vp").full_name)

    page = client.get(reverse("desk:decision", args=[first.pk]))
    assert (page.context["before"], page.context["after"]) == (None, second)
    assert "changes" not in page.context


def test_the_account_page_asks_for_a_day(client: Client, company: Account) -> None:
    page = client.get(reverse("desk:account", args=[company.pk])).content.decode()
    assert f'action="{reverse("desk:account_day", args=[company.pk])}"' in page


def test_a_version_published_later_does_not_speak_of_days_before_it(client: Client, company: Account) -> None:
    old = active_model()
    draft = copy_to_draft(model=old, by=None)
    publish(model=draft, comment="Later", by=None)
    page = day(client, company, TODAY - timedelta(days=1))
    assert (page.context["decision"].model, active_model()) == (old, draft)
