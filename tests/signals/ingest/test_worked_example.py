"""From events over HTTP to a decision: the worked example of domain.md §4 in a new installation, and each leg taken away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.companies import create_account
from accounts.models import Account
from signals.models import CenterState, IntentSignal, IntentTopic, Theme, ThemeRule
from signals.rescore import rescore_due
from tests.signals.ingest.sending import Sender, days_ago, identify, page, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def theme() -> Theme:
    theme = Theme.objects.create(key="integrations", name="Integrations")
    ThemeRule.objects.create(theme=theme, field="path", match="starts_with", value="/integrations")
    return theme


def account(theme: Theme, *, composite: float = 80) -> Account:
    acme = create_account(name="Acme", domain="acme.com", is_target=True)
    topic = IntentTopic.objects.create(name="System integration", theme=theme)
    IntentSignal.objects.create(
        account=acme,
        domain="acme.com",
        topic=topic,
        provider="Bombora",
        composite=composite,
        observed_on=datetime.now(UTC).date() - timedelta(days=3),
    )
    return acme


def people() -> list[dict[str, Any]]:
    return [
        identify("m", "m@acme.com", traits={"title": "IT Manager"}),
        identify("d", "d@acme.com", traits={"title": "Director of IT"}),
        identify("v", "v@acme.com", traits={"title": "VP Engineering"}),
    ]


def touches(*, about: dict[str, str], integrations: str = "/integrations/erp") -> list[dict[str, Any]]:
    return [
        track("Case Study Downloaded", userId="m", properties=about, timestamp=days_ago(6)),
        track("Webinar Attended", userId="d", properties=about, timestamp=days_ago(4)),
        page("/pricing", userId="v", timestamp=days_ago(2)),
        page("/pricing", userId="v", timestamp=days_ago(1)),
        page(integrations, userId="v", timestamp=days_ago(1)),
    ]


def decided(acme: Account) -> CenterState:
    while rescore_due():
        pass
    return CenterState.objects.get(account=acme)


def test_it_qualifies(theme: Theme) -> None:
    acme = account(theme)
    Sender().batch(*people(), *touches(about={"theme": "integrations"}))
    state = decided(acme)
    assert (state.points_micro, round(state.engagement or 0, 2), round(state.score or 0, 2)) == (
        46_359_743,
        92.72,
        91.63,
    )
    assert (state.qualified, state.block, state.stage, state.theme) == (True, "", "mqa", theme)


def test_without_a_theme_direction_blocks(theme: Theme) -> None:
    acme = account(theme)
    Sender().batch(*people(), *touches(about={}, integrations="/product/tour"))
    assert decided(acme).block == "direction"


def test_the_vp_alone_is_no_cluster(theme: Theme) -> None:
    acme = account(theme)
    Sender().batch(*people(), *touches(about={"theme": "integrations"})[2:])
    assert decided(acme).block == "cluster"


def test_touches_that_came_before_the_account_qualify_it_when_it_arrives(theme: Theme) -> None:
    Sender().batch(*people(), *touches(about={"theme": "integrations"}))
    state = decided(account(theme))
    assert (state.qualified, round(state.score or 0, 2)) == (True, 91.63)
