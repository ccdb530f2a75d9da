"""A desk that nobody evaluated for days: grace is counted from the day on which an MQA lapsed, not from the waking."""

import datetime as dt

import pytest
import time_machine

from handoff.cooling import cool_and_withdraw
from handoff.models import Handoff
from handoff.process import process_transitions
from signals import daily
from signals.actions import request_rescore_of_all
from signals.rescore import rescore_until_done
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("asleep_days", "state"), [(11, "queued"), (12, "withdrawn")])
def test_what_lapsed_in_the_sleep_is_withdrawn_on_its_own_day(asleep_days: int, state: str) -> None:
    """75.63 falls below 70 on June 20; seven days of grace end with June 26."""
    with time_machine.travel(NOW, tick=False) as clock:
        company = given.worked_example(without={"intent"})
        given.intent(given.account("Elsewhere"), 50, NOW.date())
        request_rescore_of_all(reason="test")
        rescore_until_done()
        process_transitions()
        assert Handoff.objects.get(account=company).state == "queued"

        clock.move_to(dt.datetime.combine(NOW.date() + dt.timedelta(days=asleep_days), dt.time(7), dt.UTC))
        daily.run()
        rescore_until_done()
        process_transitions()
        cool_and_withdraw()

    row = Handoff.objects.get(account=company)
    assert (row.state, row.cooling_since) == (state, dt.date(2026, 6, 20))
