"""The public Python client of the specification, unchanged, with only its host set, against the door."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from segment.analytics.client import Client
from segment.analytics.request import _session

from accounts.companies import create_account
from accounts.models import Account, Contact
from signals.models import Touch
from tests.signals.ingest.sending import Sender, counted, readings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """The client keeps its connections for the life of the process; the server's thread would keep its own to the database."""
    yield
    _session.close()


def worked_example(client: Client) -> None:
    """The touches of domain.md §4."""
    now = datetime.now(UTC)
    client.group("m", "acme", {"name": "Acme", "website": "https://acme.com", "industry": "Software", "employees": 500})
    for user, title in (("m", "IT Manager"), ("d", "Director of IT"), ("v", "VP Engineering")):
        client.identify(user, {"email": f"{user}@acme.com", "title": title})
    theme = {"theme": "integrations"}
    client.track("m", "Case Study Downloaded", theme, timestamp=now - timedelta(days=6))
    client.track("d", "Webinar Attended", theme, timestamp=now - timedelta(days=4))
    client.page("v", None, "Pricing", {"path": "/pricing"}, timestamp=now - timedelta(days=2))
    client.page("v", None, "Pricing", {"path": "/pricing"}, timestamp=now - timedelta(days=1))
    client.page("v", None, "Integrations", {"path": "/integrations"} | theme, timestamp=now - timedelta(days=1))


@pytest.mark.parametrize("options", [{"sync_mode": True}, {"gzip": True}])
def test_the_worked_example_arrives(live_server: Any, options: dict[str, Any]) -> None:
    create_account(name="Bystander", domain="bystander.com")
    errors: list[object] = []
    client = Client(
        Sender().text, host=live_server.url, on_error=lambda error, _: errors.append(error), max_retries=1, **options
    )
    worked_example(client)
    if not options.get("sync_mode"):
        client.shutdown()
    assert errors == []
    assert counted() == (9, 9, 0, 0)
    assert sorted(readings()) == [
        ("case_study", "Acme", "m@acme.com"),
        ("pricing_page", "Acme", "v@acme.com"),
        ("pricing_page", "Acme", "v@acme.com"),
        ("product_page", "Acme", "v@acme.com"),
        ("webinar_attended", "Acme", "d@acme.com"),
    ]
    assert dict(Contact.objects.values_list("user_id", "seniority")) == {"m": "manager", "d": "director", "v": "vp"}
    acme = Account.objects.get(name="Acme")
    assert (acme.industry, acme.employees, acme.domain) == ("Software", 500, "acme.com")
    ages = [datetime.now(UTC).date() - touch.occurred_at.date() for touch in Touch.objects.order_by("occurred_at")]
    assert [age.days for age in ages] == [6, 4, 2, 1, 1]
    themes = Touch.objects.exclude(theme=None).values_list("theme__key", flat=True)
    assert list(themes) == ["integrations"] * 3


def test_a_wrong_key_reaches_the_client_as_an_error(live_server: Any) -> None:
    client = Client("mqa_wrong", host=live_server.url, sync_mode=True, max_retries=1)
    with pytest.raises(Exception, match="bad_write_key"):
        client.track("u", "x")
    assert Touch.objects.count() == 0
