"""Buying roles keep their history: who had which when, and what credits and coverage make of it (domain.md §5, §6)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.changes import contacts_merged
from accounts.merging import merge_accounts
from accounts.models import Account, AccountFact, Contact
from accounts.people import create_contact
from handoff import groups
from handoff.models import BuyingGroup, BuyingGroupMember, BuyingRoleSpell
from reports import abm, attributed
from reports.models import MonthClose
from reports.period import Period
from reports.statistics import Share
from tests.handoff import desk
from tests.reports.facts import DAY, company, deal, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
VALIDATED, REJECTED = groups.Status.VALIDATED, groups.Status.REJECTED


def on(day: float) -> datetime:
    return DAY + timedelta(days=day)


def member(person: Contact, role: str, day: float, **fields: Any) -> BuyingGroupMember:
    """Validated in the account's group on a day."""
    assert person.account
    group, _ = BuyingGroup.objects.get_or_create(center=person.account.centers.get(is_default=True))
    return BuyingGroupMember.objects.create(
        group=group, contact=person, role=role, **{"status": VALIDATED, "decided_at": on(day)} | fields
    )


def reject(row: BuyingGroupMember, day: float) -> None:
    row.status, row.decided_at = REJECTED, on(day)
    row.save()


def spells() -> list[tuple[Any, ...]]:
    return list(BuyingRoleSpell.objects.values_list("contact", "role", "since", "until"))


@pytest.fixture
def account() -> Account:
    return company("Halden")


@pytest.fixture
def person(account: Account) -> Contact:
    return create_contact(account=account, email="lee@halden.com")


def test_a_role_is_had_from_its_validation_until_it_is_rejected(person: Contact) -> None:
    row = member(person, "champion", 0, status="suggested", decided_at=None)
    assert spells() == []
    row.status, row.decided_at = VALIDATED, on(1)
    row.save()
    row.why = "Leads it"
    row.save()
    assert spells() == [(person.pk, "champion", on(1), None)]
    reject(row, 5)
    assert spells() == [(person.pk, "champion", on(1), on(5))]
    row.status, row.decided_at = VALIDATED, on(8)
    row.save()
    assert spells() == [(person.pk, "champion", on(1), on(5)), (person.pk, "champion", on(8), None)]


def test_a_wrong_click_that_is_mended_within_a_minute_leaves_nothing(person: Contact) -> None:
    row = member(person, "blocker", 0)
    reject(row, 59 / 86_400)
    assert spells() == []
    reject(member(person, "champion", 0), 61 / 86_400)
    assert [role for _, role, _, _ in spells()] == ["champion"]


def test_another_role_ends_the_one_before(person: Contact) -> None:
    member(person, "champion", 0)
    assert person.account
    center = person.account.centers.get(is_default=True)
    groups.set_role(center=center, contact=person, role="economic_buyer", by=desk.user("sdr"))
    (old, new) = BuyingRoleSpell.objects.all()
    assert (old.role, old.since, old.until is not None) == ("champion", on(0), True)
    assert (new.role, new.until) == ("economic_buyer", None)


def test_two_contacts_of_one_person_end_one_spell_and_begin_another(account: Account, person: Contact) -> None:
    other = create_contact(account=account, email="lee.h@halden.com")
    member(person, "champion", 0)
    contacts_merged(gone=person.pk, kept=other.pk)
    old, new = BuyingRoleSpell.objects.all()
    assert (old.contact_id, old.since, new.contact_id, new.until) == (person.pk, on(0), other.pk, None)
    assert old.until == new.since


def test_roles_and_their_past_come_along_when_accounts_are_merged(account: Account, person: Contact) -> None:
    kept = company("Haldengroup")
    member(person, "champion", 0)
    reject(member(person, "influencer", 0), 3)
    merge_accounts(gone=account, kept=kept, by=desk.user("admin"))
    assert {spell.group.center.account_id for spell in BuyingRoleSpell.objects.all()} == {kept.pk}
    assert spells() == [(person.pk, "champion", on(0), None), (person.pk, "influencer", on(0), on(3))]


def credits_by_role() -> dict[str, Decimal]:
    found = attributed.attribute(MARCH, attributed.Options(model="linear", by="role"))
    return {row.label: row.amounts["USD"] for row in found.credits}


def test_a_role_is_credited_as_its_person_had_it_when_touching(account: Account, person: Contact) -> None:
    # Touches on days 0 (before any role: the first one known), 3, 6 (of two roles the older), 9 (none any more), 12 and one of
    # somebody without a role: 600.00 over six.
    for day in (0, 3, 6, 9, 12):
        touch(account, day=day, channel=f"c{day}", contact=person)
    touch(account, day=1, channel="x", contact=create_contact(account=account, email="kim@halden.com"))
    champion, influencer = member(person, "champion", 2), member(person, "influencer", 5)
    reject(champion, 8)
    reject(influencer, 8)
    member(person, "economic_buyer", 11)
    deal(account, day=13, stage="won", closed=date(2026, 3, 20), amount="600.00")
    assert credits_by_role() == {
        "Champion": Decimal("300.00"), "(unknown)": Decimal("200.00"), "Economic buyer": Decimal("100.00"),
    }  # fmt: skip


def test_whoever_had_a_role_before_there_was_a_history_always_had_it(account: Account, person: Contact) -> None:
    touch(account, day=1, channel="mail", contact=person)
    member(person, "champion", 5)
    BuyingRoleSpell.objects.update(since=None)
    member(person, "blocker", 0)
    deal(account, day=13, stage="won", closed=date(2026, 3, 20), amount="600.00")
    assert credits_by_role() == {"Champion": Decimal("600.00")}


def test_a_closed_month_knows_no_later_role(account: Account, person: Contact) -> None:
    touch(account, day=1, channel="mail", contact=person)
    deal(account, day=13, stage="won", closed=date(2026, 3, 20), amount="600.00")
    close = MonthClose.objects.create(month=MARCH.start, known_at=on(35))
    close.deals.create(
        role="closed", opportunity_id=account.opportunities.get().pk, stage="won", amount=Decimal(600), currency="USD",
        is_target=False, created_at=on(13), closed_on=date(2026, 3, 20),
    )  # fmt: skip
    assert credits_by_role() == {"(unknown)": Decimal("600.00")}
    member(person, "champion", 40)
    assert credits_by_role() == {"(unknown)": Decimal("600.00")}
    MonthClose.objects.update(known_at=on(41))
    assert credits_by_role() == {"Champion": Decimal("600.00")}


def test_coverage_is_of_the_periods_last_day() -> None:
    account = company("Aimed", target=True)
    people = [create_contact(account=account, email=f"{name}@aimed.com") for name in "abcd"]
    roles = ("champion", "economic_buyer", "decision_maker", "influencer")
    rows = [member(person, role, 1) for person, role in zip(people, roles, strict=True)]
    for field in ("industry", "employees", "annual_revenue", "country"):
        AccountFact.objects.create(account=account, field=field, value=1, known_from=on(10))
    reject(rows[0], 40)  # April 11
    AccountFact.objects.create(account=account, field="country", value=None, known_from=on(40))

    def covered(last: date) -> tuple[Share, Share]:
        found = abm.five(Period(date(2026, 2, 1), last)).coverage
        return found.roles, found.complete

    yes, no = Share(1, 1), Share(0, 1)
    assert covered(date(2026, 3, 2)) == (no, no)
    assert covered(date(2026, 3, 3)) == (yes, no)  # validated on that day
    assert covered(date(2026, 3, 31)) == (yes, yes)
    assert covered(date(2026, 4, 10)) == (yes, yes)
    assert covered(date(2026, 4, 11)) == (no, no)
    assert covered(date(2099, 1, 1)) == (no, no)  # as the account is now
