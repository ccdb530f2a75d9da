"""Target accounts are chosen by people, many at a time, and it is kept who did and when."""

import pytest

from accounts.facts import SET_BY_HAND
from accounts.models import Account, AccountFact, User
from accounts.targets import choices, set_targets
from signals.models import RescoreRequest
from tests.accounts.imports_help import imported
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def test_what_changes_gets_history_with_who_and_is_evaluated_again() -> None:
    ravi = User.objects.create_user("ravi@example.com", "x", name="Ravi", role="marketing_ops")
    new, old, left = given.account("New"), given.account("Old", is_target=True), given.account("Left")
    RescoreRequest.objects.all().delete()

    assert set_targets(account_ids=[new.pk, old.pk, 0], is_target=True, by=ravi, at=NOW) == 1

    assert list(Account.objects.filter(is_target=True).values_list("name", flat=True)) == ["New", "Old"]
    fact = AccountFact.objects.filter(account=new, field="is_target").latest("known_from")
    assert (fact.value, fact.by, fact.source, fact.known_from) == (True, ravi, "page", NOW)
    assert list(RescoreRequest.objects.values_list("center__account", flat=True)) == [new.pk]
    new.refresh_from_db()
    assert new.field_times["is_target"] == SET_BY_HAND
    said = choices([new.pk, old.pk, left.pk])
    assert (said[new.pk].by, said[new.pk].at, said[new.pk].how) == (ravi, NOW, "by hand")
    assert said[old.pk].by is None
    assert set_targets(account_ids=[new.pk, old.pk], is_target=False, by=ravi) == 2
    assert not Account.objects.filter(is_target=True).exists()


def test_a_file_makes_targets_and_says_who_imported_it() -> None:
    ravi = User.objects.create_user("ravi@example.com", "x", name="Ravi", role="marketing_ops")
    imported("Name,Domain,Target Account\nNorthwind,northwind.com,yes\n", kind="accounts", by=ravi)

    company = Account.objects.get()
    assert company.is_target
    said = choices([company.pk])[company.pk]
    assert (said.by, said.how) == (ravi, "from a file")
