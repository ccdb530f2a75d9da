"""The account's own milestone of qualifying: its MQA, else the first MQL there (domain.md §6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.merging import merge_accounts
from accounts.models import Account, Contact
from reports import attributed, closing
from reports.period import Period
from signals.models import MqlSpell
from tests.reports.facts import DAY, company, deal, mqa, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def mql(account: Account, *, day: int) -> MqlSpell:
    contact = Contact.objects.create(account=account, email=f"{day}@{account.name.lower()}.com")
    return MqlSpell.objects.create(contact=contact, account=account, since=(DAY + timedelta(days=day)).date())


def touched(name: str = "Halden") -> Account:
    account = company(name)
    for day in (-40, -30, -20.2, -19.8, -10):
        touch(account, day=day, channel=f"{name} {day}")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    return account


def credited(model: str = "w", **options: int) -> list[Decimal]:
    """What each touch of it has, the first one first."""
    found = attributed.attribute(MARCH, attributed.Options(model=model, **options))  # type: ignore[arg-type]
    return [row.amounts["USD"] for row in sorted(found.credits, key=lambda row: float(row.key.split()[1]))]


def hundred(*shares: str) -> list[Decimal]:
    return list(map(Decimal, shares))


def test_an_mql_is_the_milestone_where_there_is_no_mqa() -> None:
    account = touched()
    without = hundred("42.86", "4.76", "4.76", "4.76", "42.86")
    mql(account, day=1)  # after the opportunity
    assert credited() == without
    mql(account, day=-20)  # two touches on that day: by the later it was one
    mql(account, day=-12)
    assert credited() == hundred("30.00", "5.00", "5.00", "30.00", "30.00")
    assert credited("full_path") == hundred("22.50", "5.00", "5.00", "22.50", "45.00")
    mqa(account, day=-25)
    assert credited() == hundred("30.00", "30.00", "5.00", "5.00", "30.00")


def test_an_mql_of_the_day_itself_and_one_before_the_look_back() -> None:
    account = touched()
    mql(account, day=-35)
    assert credited(lookback=30) == hundred("42.86", "7.14", "7.14", "42.86")
    mql(account, day=0)  # its day ends after the opportunity was created: the last touch before it
    assert credited(lookback=30) == hundred("30.00", "5.00", "5.00", "60.00")


def test_an_mql_stays_the_milestone_of_a_closed_month_when_accounts_merge() -> None:
    account, other = touched(), company("Other")
    mql(account, day=-20)
    mql(other, day=-30)
    closing.close_month(month=MARCH.start, by=None, now=DAY + timedelta(days=40))
    before = credited()
    assert before == hundred("30.00", "5.00", "5.00", "30.00", "30.00")
    merge_accounts(gone=account, kept=other, by=None)
    assert credited() == before
