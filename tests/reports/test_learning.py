"""What outcomes and SDRs say of the model, and the one click that puts a suggestion into a draft."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.companies import create_account, update_account
from accounts.models import Account, AccountTechnology, CustomField, Technology, User
from accounts.technologies import set_technology
from handoff.models import Opportunity, Reason
from reports import learning
from reports.period import Period
from reports.traits import Trait
from signals.models import MappingRule, ScoringModel
from signals.publishing import active_model, config_of, copy_to_draft, save_draft
from tests.handoff import desk
from tests.signals import given

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


def period() -> Period:
    today = timezone.now().date()
    return Period(today - timedelta(days=100), today)


@pytest.fixture
def market() -> list[Account]:
    """40 accounts: 8 of logistics (two ways to write it), of which 6 won; 32 of retail, of which one won."""
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["Pro"])
    found = []
    for number in range(40):
        logistics = number < 8
        one = create_account(
            name=f"C{number}",
            industry=(" logistics" if number % 2 else "Logistics") if logistics else "Retail",
            employees=1000 + number if logistics else 10 + number,
            country="DE" if number < 20 else None,
            custom={"plan": "Pro"} if logistics else {},
        )
        if number < 6 or number == 39:
            deal = {"stage": "won", "closed_on": timezone.now().date() - timedelta(days=5)}
            Opportunity.objects.create(account=one, name="Deal", amount=1, **deal)
        found.append(one)
    for one in found[:10]:
        set_technology(account=one, technology="SAP", status="uses", by=None)
    old = {"stage": "won", "closed_on": timezone.now().date() - timedelta(days=101)}
    Opportunity.objects.create(account=found[20], name="Before the period", **old)
    Opportunity.objects.create(account=found[21], name="Open")
    return found


def test_every_value_is_counted_beside_all_accounts_whose_field_is_known(market: list[Account]) -> None:
    found = {(one.field, *one.values): one for one in learning.traits(period())}
    assert learning.won_accounts(period()) == 7
    assert found["industry", "Logistics"] == Trait("industry", ("Logistics",), 6, 8, 7, 40)
    assert found["industry", "Retail"] == Trait("industry", ("Retail",), 1, 32, 7, 40)
    assert found["country", "DE"] == Trait("country", ("DE",), 6, 20, 6, 20)
    assert found["technology_used", "SAP"] == Trait("technology_used", ("SAP",), 6, 10, 6, 10)
    assert found["custom.plan", "Pro"] == Trait("custom.plan", ("Pro",), 6, 8, 6, 8)
    assert [one for one in found.values() if one.field == "employees"] == [
        Trait("employees", (18.0, 25.0), 0, 8, 7, 40),
        Trait("employees", (26.0, 33.0), 0, 8, 7, 40),
        Trait("employees", (34.0, 41.0), 0, 8, 7, 40),
        Trait("employees", (42.0, 49.0), 1, 8, 7, 40),
        Trait("employees", (1000.0, 1007.0), 6, 8, 7, 40),
    ]


def test_an_account_that_won_counts_with_what_it_was_on_that_day() -> None:
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["Free", "Pro"])
    sap, oracle = (Technology.objects.create(name=name) for name in ("SAP", "Oracle"))
    today = timezone.now()
    start, before, won, after = (today - timedelta(days=days) for days in (90, 60, 50, 40))
    fields = {"industry": "Retail", "employees": 20, "custom": {"plan": "Free"}}
    one, never = (create_account(name=name, at=start, **fields) for name in ("Won", "Never"))
    for company in (one, never):
        update_account(account=company, by=None, at=before, employees=100)
        update_account(
            account=company, by=None, at=after, industry="Energy", employees=5000, country="DE", custom={"plan": None}
        )
        AccountTechnology.objects.create(account=company, technology=sap, status="uses", known_from=before)
        AccountTechnology.objects.create(account=company, technology=sap, status="evaluating", known_from=after)
    for closed in (won, after):
        Opportunity.objects.create(account=one, name="Deal", stage="won", closed_on=closed.date())
    # Who was recorded after winning counts with what was recorded first.
    late = create_account(name="Late", at=after, industry="Mining", employees=7)
    update_account(account=late, by=None, industry="Energy", employees=9000)
    AccountTechnology.objects.create(account=late, technology=oracle, status="uses", known_from=after)
    Opportunity.objects.create(account=late, name="Imported", stage="won", closed_on=won.date())

    found = {
        (one.field, *one.values): (one.won, one.accounts, one.known_won, one.known) for one in learning.traits(period())
    }

    assert found == {
        ("industry", "Retail"): (1, 1, 2, 3),
        ("industry", "Mining"): (1, 1, 2, 3),
        ("industry", "Energy"): (0, 1, 2, 3),
        ("country", "DE"): (1, 2, 1, 2),
        ("custom.plan", "Free"): (1, 1, 1, 1),
        ("technology_used", "SAP"): (1, 2, 2, 3),
        ("technology_used", "Oracle"): (1, 1, 2, 3),
        ("technology_evaluating", "SAP"): (0, 1, 0, 1),
        ("employees", 7.0, 7.0): (1, 1, 2, 3),
        ("employees", 100.0, 100.0): (1, 1, 2, 3),
        ("employees", 5000.0, 5000.0): (0, 1, 2, 3),
    }


def test_only_the_segment_asked_for_counts(market: list[Account]) -> None:
    Account.objects.filter(pk=market[0].pk).update(is_target=True)
    asked = Period(period().start, period().end, segment="target")
    assert learning.won_accounts(asked) == 1
    assert {(one.field, one.known) for one in learning.traits(asked)} == {
        ("industry", 1),
        ("country", 1),
        ("technology_used", 1),
        ("custom.plan", 1),
        ("employees", 1),
    }


def test_one_click_puts_a_suggestion_into_a_draft_and_publishes_nothing(market: list[Account]) -> None:
    client = client_of("marketing_ops")
    page = client.get(reverse("reports:learning"))
    words = [row["words"] for row in page.context["suggested"]]
    assert "Industry is Logistics" in words
    assert "Employees is between 1,000 and 1,007" in words
    before = active_model().config

    answer = client.post(reverse("reports:learning_adopt"), {"field": "industry", "value": "Logistics"})
    draft = ScoringModel.objects.get(status="draft")
    assert answer["Location"] == reverse("signals:criterion", args=[draft.version]) + "?id=industry-1"
    client.post(reverse("reports:learning_adopt"), {"field": "employees", "value": ["1000", "1007"]})
    client.post(reverse("reports:learning_adopt"), {"field": "custom.plan", "value": "Pro"})
    again = client.post(reverse("reports:learning_adopt"), {"field": "industry", "value": "Logistics"})
    assert again["Location"] == answer["Location"]
    draft.refresh_from_db()
    assert [(c["field"], c["operator"], c["value"], c["kind"], c["weight"]) for c in draft.config["criteria"]] == [
        ("industry", "in", ["Logistics"], "scored", 1.0),
        ("employees", "between", [1000.0, 1007.0], "scored", 1.0),
        ("custom.plan", "in", ["Pro"], "scored", 1.0),
    ]
    assert (active_model().config, ScoringModel.objects.count()) == (before, 2)


@pytest.mark.parametrize(
    "sent",
    [
        {"field": "employees", "value": ["many", "5"]},
        {"field": "shoe_size", "value": "44"},
        {"field": "industry"},
        {"field": "industry", "value": "Log\0istics"},
        {"field": "custom.gone", "value": "x"},
    ],
)
def test_what_is_no_criterion_is_refused_and_makes_no_draft(sent: dict[str, object]) -> None:
    answer = client_of("admin").post(reverse("reports:learning_adopt"), sent)
    assert answer["Location"] == reverse("reports:learning")
    assert not ScoringModel.objects.filter(status="draft").exists()


def test_disqualifications_point_at_the_criterion_that_was_named() -> None:
    criteria = [
        {"id": "size", "field": "employees", "operator": "at_least", "value": 200, "label": "Big enough"},
        {"id": "erp", "field": "technology_used", "operator": "in", "value": ["SAP"]},
    ]
    draft = copy_to_draft(model=active_model(), by=None)
    config = config_of(save_draft(model=draft, config=draft.config | {"criteria": criteria}, by=None))
    fit = Reason.objects.get(kind="disqualify", key="no_fit")
    for said in ("big enough", "Big enough ", "technology used", "timing"):
        desk.handoff("disqualified", reason=fit, criterion=said)
    desk.handoff("disqualified", reason=Reason.objects.get(kind="disqualify", key="no_need"))
    found = [
        (one.reason, one.said.lower(), one.criterion.id if one.criterion else None, one.share.part, one.share.whole)
        for one in learning.disqualified(period(), config)
    ]
    assert found == [
        (fit.label, "big enough", "size", 2, 5),
        (fit.label, "technology used", "erp", 1, 5),
        (fit.label, "timing", None, 1, 5),
        ("No need", "", None, 1, 5),
    ]


def test_touches_marked_wrong_point_at_the_type_and_its_rules() -> None:
    company = given.account()
    at = timezone.now() - timedelta(days=2)
    for number in range(4):
        given.touch(company, None, "pricing_page", at, ignored="wrong" if number == 0 else "")
    given.touch(company, None, "blog_page", at)
    (found,) = learning.marked_wrong(period())
    assert (found.touch_type.key, found.share.part, found.share.whole) == ("pricing_page", 1, 4)
    assert found.rules == list(MappingRule.objects.filter(touch_type__key="pricing_page", is_active=True))


def test_the_page_opens_with_nothing_to_tell() -> None:
    page = client_of("sdr").get(reverse("reports:learning") + "?from=nonsense")
    assert page.status_code == 200
    assert (page.context["suggested"], page.context["wrong"]) == ([], [])
