"""From stored facts to state, decision and transition (domain.md §4; architecture.md, "Background work")."""

import pytest
from accounts.models import Account

from signals.actions import request_rescore
from signals.models import CenterState, Decision, RescoreRequest, Transition
from signals.publishing import install_first_model
from signals.rescore import rescore_until_done
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def scored(company: Account) -> CenterState:
    install_first_model()
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done(now=NOW)
    return CenterState.objects.get(center__account=company, center__is_default=True)


def test_the_worked_example_is_an_mqa() -> None:
    state = scored(given.worked_example())

    assert (state.qualified, state.block, state.stage, state.icp) == (True, "", "mqa", "in")
    assert round(state.points_micro / 1_000_000, 2) == 46.36
    assert round(state.engagement, 2) == 92.72
    assert (state.fit, state.intent, round(state.score, 2)) == (100.0, 80.0, 91.63)
    assert state.people == 3
    assert state.is_surging
