"""The worked example of domain.md §4 through the public Segment client, and each of its legs dropped.

Real processes: gunicorn, a Celery worker, the poller. One account a variation, all in one desk.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as DeskClient
from rest_framework.test import APIClient
from segment.analytics import Client as SegmentClient

from accounts.companies import create_account
from accounts.keys import create_key
from accounts.models import Account, User
from signals.models import IntentSignal, IntentTopic, Theme, ThemeRule
from signals.publishing import active_model, config_of, copy_to_draft, publish, save_draft
from tests.desk import RunningDesk, wait_for

pytestmark = pytest.mark.real_worker

SECONDS = 20
MIDNIGHT_GUARD = 90
Step = tuple[int, str, str, dict[str, Any]]

MANAGER: Step = (6, "manager", "track", {"event": "Case Study Downloaded", "properties": {"theme": "integrations"}})
DIRECTOR: Step = (4, "director", "track", {"event": "Webinar Attended", "properties": {"theme": "integrations"}})
PRICING: Step = (2, "vp", "page", {"name": "Pricing", "properties": {"path": "/pricing"}})
PRICING_AGAIN: Step = (1, "vp", "page", {"name": "Pricing", "properties": {"path": "/pricing/teams"}})
INTEGRATIONS: Step = (1, "vp", "page", {"name": "Integrations", "properties": {"path": "/integrations"}})
ALL = (MANAGER, DIRECTOR, PRICING, PRICING_AGAIN, INTEGRATIONS)
TITLES = {"manager": "Logistics Manager", "director": "Director of IT", "vp": "VP Operations"}


def without_theme(step: Step) -> Step:
    days, who, kind, body = step
    path = "/product" if body["properties"].get("path") == "/integrations" else body["properties"].get("path", "")
    return days, who, kind, body | {"properties": {"path": path} if path else {}}


def days_ago(step: Step, days: int) -> Step:
    return days, *step[1:]


VARIATIONS: dict[str, tuple[Step, ...]] = {
    "whole": ALL,
    "no-intent": ALL,
    "outside": ALL,
    "only-vp": (PRICING, PRICING_AGAIN, INTEGRATIONS),
    "only-vp-third-day": (days_ago(PRICING, 3), PRICING, PRICING_AGAIN, INTEGRATIONS),
    "no-theme": tuple(without_theme(step) for step in ALL),
    "apart": (days_ago(MANAGER, 41), days_ago(DIRECTOR, 21), PRICING_AGAIN, INTEGRATIONS),
}
BLOCKS = {
    "whole": None,
    "no-intent": None,
    "outside": "relevance",
    "only-vp": "cluster",
    "only-vp-third-day": "spread",
    "no-theme": "direction",
    "apart": "cluster",
}


@pytest.fixture
def same_day() -> None:
    """What is asserted is of one UTC day: don't begin where it ends."""
    now = datetime.now(UTC)
    left = (datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC) - now).total_seconds()
    if left < MIDNIGHT_GUARD:
        time.sleep(left + 1)


def domain(variation: str) -> str:
    return f"{variation}-freight.com"


def set_up() -> dict[str, Account]:
    theme = Theme.objects.create(key="integrations", name="Integrations")
    ThemeRule.objects.create(theme=theme, field="path", match="starts_with", value="/integrations")
    draft = copy_to_draft(model=active_model(), by=None)
    config = config_of(draft).model_dump(mode="json")
    config["criteria"] = [
        {"id": "industry", "field": "industry", "operator": "in", "value": ["Logistics"], "kind": "required"}
    ]
    save_draft(model=draft, config=config, by=None)
    publish(model=draft, comment="Logistics only", by=None)
    accounts = {
        name: create_account(
            name=f"Freight {name}",
            domain=domain(name),
            is_target=True,
            industry="Retail" if name == "outside" else "Logistics",
        )
        for name in VARIATIONS
    }
    topic = IntentTopic.objects.create(name="integration platforms", theme=theme)
    for name, account in accounts.items():
        if name != "no-intent":
            IntentSignal.objects.create(
                account=account,
                domain=domain(name),
                topic=topic,
                provider="Bombora",
                composite=80,
                observed_on=datetime.now(UTC).date() - timedelta(days=3),
            )
    return accounts


def send(client: SegmentClient, variation: str) -> None:
    now = datetime.now(UTC)
    for number, (days, who, kind, body) in enumerate(VARIATIONS[variation]):
        user = f"{who}@{domain(variation)}"
        client.identify(user, {"email": user, "title": TITLES[who]}, timestamp=now)
        moment = now - timedelta(days=days) + timedelta(milliseconds=number)
        if kind == "track":
            client.track(user, body["event"], body["properties"], timestamp=moment)
        else:
            client.page(user, None, body["name"], body["properties"], timestamp=moment)


@pytest.mark.usefixtures("same_day")
def test_the_public_client_brings_the_worked_example_into_the_queue(running_desk: RunningDesk) -> None:
    accounts = set_up()
    _, write_key = create_key(name="site", scope="ingest", by=None)
    _, read_key = create_key(name="reader", scope="read", by=None)
    sdr = User.objects.create_user("sdr@example.com", "x", name="Priya Nair", role="sdr")
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {read_key}")
    client = SegmentClient(write_key, host=running_desk.url, gzip=True, on_error=pytest.fail)
    for variation in VARIATIONS:
        send(client, variation)
    client.flush()
    client.join()

    def said(name: str) -> dict[str, Any]:
        return api.get(f"/api/accounts/{accounts[name].pk}/").json()

    wait_for(
        lambda: all(len(said(name)["evidence"].get("contributions", [])) == len({s[1] for s in steps})
                    for name, steps in VARIATIONS.items()),
        "every account evaluated on all its people",
        SECONDS,
    )  # fmt: skip
    wait_for(lambda: {name: said(name)["blocked_by"] for name in VARIATIONS} == BLOCKS, "the blocks", SECONDS)

    whole = said("whole")
    assert (round(whole["points"], 2), round(whole["signals"]["engagement"], 2)) == (46.36, 92.72)
    assert (round(whole["score"], 2), whole["stage"], whole["qualified"]) == (91.63, "mqa", True)
    assert [(gate["name"], gate["passed"]) for gate in whole["evidence"]["gates"]] == [
        (name, True) for name in ("relevance", "cluster", "spread", "direction", "threshold")
    ]
    assert round(said("no-intent")["score"], 2) == 75.63

    desk = DeskClient()
    desk.force_login(sdr)
    wait_for(
        lambda: b"Freight whole" in (page := desk.get("/queue/").content) and b"Freight no-intent" in page,
        "both MQAs in the SDR's queue",
        SECONDS,
    )
    assert b"Freight only-vp" not in desk.get("/queue/").content
