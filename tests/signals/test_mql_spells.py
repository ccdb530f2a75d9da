"""When a contact was an MQL is kept by rescoring (domain.md §3)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.companies import create_account
from accounts.models import Source
from accounts.people import create_contact
from signals.actions import request_rescore
from signals.models import MqlSpell, Touch, TouchType
from signals.rescore import rescore_due

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_spell_opens_with_the_points_and_ends_when_the_days_have_passed() -> None:
    account = create_account(name="Halden Freight", domain="halden-freight.com")
    contact = create_contact(account=account, email="dana@halden-freight.com", title="VP Operations")
    Touch.objects.create(
        account=account,
        contact=contact,
        touch_type=TouchType.objects.get(key="pricing_page"),
        source=Source.objects.create(name="site"),
        message_id="m1",
        occurred_at=START,
        received_at=START,
        known_from=START,
        kind="page",
    )
    spells = []
    # A VP's pricing view gives 15 points: at least 10 until day 17 (15 × 2^(-17/30) = 10.13), an MQL for 30 days after.
    for day in (0, 47, 48):
        request_rescore(account_ids=[account.pk], reason="test", due_at=START)
        rescore_due(now=START + timedelta(days=day))
        spells.append(list(MqlSpell.objects.values_list("contact_id", "since", "until")))
    open_spell = (contact.pk, date(2026, 3, 2), None)
    assert spells == [[open_spell], [open_spell], [(contact.pk, date(2026, 3, 2), date(2026, 4, 19))]]
