"""What can be done to companies, with the history it leaves and who is told."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts import changes
from accounts.companies import add_domain, add_identifier, create_account, create_center, update_account
from accounts.models import Account, AccountFact, AccountTechnology, BuyingCenter, Domain
from accounts.people import create_contact
from accounts.technologies import set_technology

pytestmark = pytest.mark.django_db

Told = list[tuple[set[int], str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What listeners are told, instead of the listeners."""
    heard: Told = []

    def listen(*, account_ids: Collection[int], reason: str) -> None:
        heard.append((set(account_ids), reason))

    monkeypatch.setattr(changes, "_account_listeners", [listen])
    return heard


def facts(account: Account) -> list[tuple[str, object]]:
    return list(AccountFact.objects.filter(account=account).order_by("pk").values_list("field", "value"))


def test_a_new_account_has_its_whole_its_domain_and_its_history(told: Told) -> None:
    account = create_account(
        name=" Acme ",
        domain="https://www.acme.com/",
        more_domains=["acme.de", "acme.com"],
        employees=50,
        annual_revenue=Decimal("1.50"),
        customer_since=date(2026, 1, 2),
        custom={"plan": "pro"},
    )
    assert (account.name, account.domain) == ("Acme", "acme.com")
    assert list(Domain.objects.values_list("name", "is_primary")) == [("acme.com", True), ("acme.de", False)]
    assert list(BuyingCenter.objects.values_list("account", "name", "is_default")) == [(account.pk, "", True)]
    assert facts(account) == [
        ("employees", 50),
        ("annual_revenue", "1.50"),
        ("is_target", False),
        ("lifecycle", "prospect"),
        ("customer_since", "2026-01-02"),
        ("custom.plan", "pro"),
    ]
    assert told == [({account.pk}, "account")]


def test_a_website_names_the_domain_when_it_is_free() -> None:
    assert create_account(name="Acme", website="www.acme.com").domain == "acme.com"
    assert create_account(name="Acme GmbH", website="www.acme.com/de").domain is None
    assert create_account(name="Jo", website="gmail.com").domain is None


@pytest.mark.parametrize(
    ("domain", "says"), [("acme", "is not a domain"), ("gmail.com", "free mail"), ("taken.com", "already")]
)
def test_a_bad_or_taken_domain_is_refused_at_the_field(domain: str, says: str) -> None:
    create_account(name="Taken", domain="taken.com")
    with pytest.raises(ValidationError) as refused:
        create_account(name="Acme", domain=domain)
    assert says in refused.value.message_dict["domain"][0]
    assert Account.objects.count() == 1


def test_a_change_of_what_decides_is_written_down_and_told(told: Told) -> None:
    account = create_account(name="Acme", employees=50, custom={"plan": "pro", "seats": 3})
    told.clear()
    AccountFact.objects.all().delete()
    update_account(account=account, by=None, employees=60, name="Acme Ltd", custom={"plan": None, "seats": 4})
    account.refresh_from_db()
    assert (account.employees, account.name, account.custom) == (60, "Acme Ltd", {"seats": 4})
    assert facts(account) == [("employees", 60), ("custom.plan", None), ("custom.seats", 4)]
    assert told == [({account.pk}, "account")]


def test_a_change_of_nothing_writes_and_tells_nothing(told: Told) -> None:
    account = create_account(name="Acme", employees=50)
    told.clear()
    before = (account.updated_at, facts(account))
    update_account(account=account, by=None, employees=50, name="Acme", custom={})
    account.refresh_from_db()
    assert ((account.updated_at, facts(account)), told) == (before, [])
    update_account(account=account, by=None, city="Austin")
    assert (facts(account), told) == (before[1], [])


def test_a_value_the_model_refuses_changes_nothing() -> None:
    account = create_account(name="Acme", employees=50)
    with pytest.raises(ValidationError):
        update_account(account=account, by=None, employees=-1)
    account.refresh_from_db()
    assert account.employees == 50


def test_a_second_domain_brings_who_waited_for_it() -> None:
    acme = create_account(name="Acme", domain="acme.com")
    jo = create_contact(account=None, email="jo@acme.de")
    assert jo.account is None
    assert add_domain(account=acme, domain="www.acme.de", by=None, is_primary=True).is_primary
    jo.refresh_from_db()
    assert (jo.account, acme.domain) == (acme, "acme.de")
    add_domain(account=acme, domain="acme.de", by=None)
    assert Domain.objects.count() == 2


def test_an_identifier_belongs_to_one_account() -> None:
    acme, other = create_account(name="Acme"), create_account(name="Other")
    first = add_identifier(account=acme, system="salesforce", value="001", by=None)
    assert add_identifier(account=acme, system="salesforce", value="001", by=None) == first
    with pytest.raises(ValidationError):
        add_identifier(account=other, system="salesforce", value="001", by=None)


def test_a_named_center_needs_a_name_of_its_own() -> None:
    acme = create_account(name="Acme")
    center = create_center(account=acme, name=" EMEA IT ", by=None)
    assert (center.name, center.is_default) == ("EMEA IT", False)
    for name in ("", "EMEA IT"):
        with pytest.raises(ValidationError):
            create_center(account=acme, name=name, by=None)


def test_a_technology_is_known_from_one_moment_to_another(told: Told) -> None:
    acme = create_account(name="Acme")
    told.clear()
    for known in (True, True, False, False, True):
        set_technology(account=acme, technology="SAP", status="uses", by=None, known=known)
    rows = AccountTechnology.objects.order_by("pk")
    assert [row.known_until is None for row in rows] == [False, True]
    assert told == [({acme.pk}, "technology")] * 3
