"""Marketing operations sees what came in and what became of it; others do not, and change nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.companies import create_account
from accounts.models import AccountIdentifier, Source, User
from signals.models import IngestCount, SetAsideEvent, Touch, TouchType
from tests.signals.ingest.sending import Sender, group, page, track

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


@pytest.fixture
def ops() -> Client:
    return signed_in("marketing_ops")


@pytest.mark.parametrize("role", ["sdr", "ae", "manager"])
def test_roles_that_do_not_configure_see_and_change_nothing(role: str) -> None:
    Sender().batch(group("g1"))
    aside = SetAsideEvent.objects.get()
    create_account(name="Acme")
    client = signed_in(role)
    for name, arguments in (
        ("events", []),
        ("unmapped", []),
        ("set_aside", []),
        ("set_aside_one", [aside.pk]),
        ("conflicts", []),
    ):
        assert client.get(reverse(f"signals:{name}", args=arguments)).status_code == 403, name
    assert client.post(reverse("signals:set_aside")).status_code == 403
    assert client.post(reverse("signals:set_aside_one", args=[aside.pk])).status_code == 403
    aside.refresh_from_db()
    assert aside.replayed_at is None


def test_counts_add_up_over_each_period(ops: Client) -> None:
    site = Source.objects.create(name="Site")
    app = Source.objects.create(name="App")
    now = timezone.now()
    for source, ago, row in (
        (site, timedelta(hours=1), (10, 7, 2, 1)),
        (site, timedelta(days=3), (5, 5, 0, 0)),
        (site, timedelta(days=20), (4, 0, 4, 0)),
        (site, timedelta(days=31), (900, 900, 0, 0)),
        (app, timedelta(days=2), (1, 0, 0, 1)),
    ):
        received, accepted, duplicate, set_aside = row
        IngestCount.objects.create(
            source=source, at=now - ago, received=received, accepted=accepted, duplicate=duplicate, set_aside=set_aside
        )
    context = ops.get(reverse("signals:events")).context

    def figures(row: object) -> list[tuple[int, int, int, int]]:
        return [(one.received, one.accepted, one.duplicate, one.set_aside) for one in row.periods]

    assert [(str(row.source), figures(row)) for row in context["counts"]] == [
        ("Site", [(10, 7, 2, 1), (15, 12, 2, 1), (19, 12, 6, 1)]),
        ("App", [(0, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 1)]),
    ]
    assert figures(context["total"]) == [(10, 7, 2, 1), (16, 12, 2, 2), (20, 12, 6, 2)]


def test_the_latest_events_say_how_they_are_read_and_whose_they_are(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(
        page("/pricing", userId="jo@acme.com", context={"campaign": {"name": "Autumn", "medium": "cpc"}}),
        track("Boat Rocked", userId="bo@nowhere.com", properties={"theme": "Integrations"}),
    )
    response = ops.get(reverse("signals:events"))
    assert [
        (t.name or t.path, t.touch_type.key, str(t.theme or ""), t.channel, t.campaign, str(t.account or t.domain))
        for t in response.context["rows"]
    ] == [
        ("Boat Rocked", "unmapped", "Integrations", "", "", "nowhere.com"),
        ("/pricing", "pricing_page", "", "cpc", "Autumn", "Acme"),
    ]
    only = ops.get(reverse("signals:events"), {"type": "pricing_page"})
    assert [row.path for row in only.context["rows"]] == ["/pricing"]
    first = Touch.objects.order_by("pk").first()
    assert [row.pk for row in ops.get(reverse("signals:events"), {"before": first.pk + 1}).context["rows"]] == [
        first.pk
    ]
    assert ops.get(reverse("signals:events"), {"before": "9" * 40, "source": "x", "type": "x"}).status_code == 200


def test_unmapped_events_are_ranked_and_one_click_from_a_rule(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        *(track("Boat Rocked", userId=f"p{n}@acme.com") for n in range(3)),
        track("Oar & Sail Lost", userId="jo@acme.com"),
        track("Demo Requested", userId="jo@acme.com"),
    )
    response = ops.get(reverse("signals:unmapped"))
    assert [(row.field, row.value, row.events, row.accounts) for row in response.context["rows"]] == [
        ("event", "Boat Rocked", 3, 1),
        ("event", "Oar & Sail Lost", 1, 1),
    ]
    link = reverse("signals:rule_new") + "?field=event&amp;match=is&amp;value=Oar%20%26%20Sail%20Lost"
    assert link in response.content.decode()
    form = ops.get(link.replace("&amp;", "&")).context["form"]
    assert [form[name].value() for name in ("field", "match", "value")] == ["event", "is", "Oar & Sail Lost"]


def test_an_event_that_was_set_aside_is_taken_again_once(ops: Client) -> None:
    sender = Sender()
    sender.batch(group("g1", employees=70))
    aside = SetAsideEvent.objects.get()
    url = reverse("signals:set_aside_one", args=[aside.pk])
    shown = ops.get(url).content.decode()
    assert aside.reason in shown
    assert "&quot;employees&quot;: 70" in shown
    ops.post(url)
    aside.refresh_from_db()
    assert aside.replayed_at is None
    acme = create_account(name="Acme")
    AccountIdentifier.objects.create(account=acme, system="segment", value="g1")
    assert ops.post(url)["Location"] == url
    aside.refresh_from_db()
    taken_at = aside.replayed_at
    assert taken_at is not None
    ops.post(url)
    aside.refresh_from_db()
    acme.refresh_from_db()
    assert (aside.replayed_at, acme.employees) == (taken_at, 70)
    assert [item.pk for item in ops.get(reverse("signals:set_aside")).context["page"].object_list] == []
    since = ops.get(reverse("signals:set_aside"), {"replayed": "yes"})
    assert [item.pk for item in since.context["page"].object_list] == [aside.pk]


def test_all_of_a_reason_are_taken_again_and_the_rest_stay(ops: Client) -> None:
    sender = Sender()
    sender.batch(group("g1", employees=1), group("g2", employees=2), {"type": "track", "userId": "jo@acme.com"})
    codes = dict(ops.get(reverse("signals:set_aside")).context["codes"])
    assert codes == {"unnamed_group": 2, "no_event_name": 1}
    acme = create_account(name="Acme")
    AccountIdentifier.objects.create(account=acme, system="segment", value="g1")
    response = ops.post(reverse("signals:set_aside"), {"code": "unnamed_group"}, follow=True)
    words = [str(message) for message in response.context["messages"]]
    assert words[0] == "1 event is taken."
    assert words[1].startswith("1 event still can't be taken. The first: Nothing is known of this group")
    open_ones = SetAsideEvent.objects.filter(replayed_at__isnull=True)
    assert sorted(open_ones.values_list("code", flat=True)) == ["no_event_name", "unnamed_group"]
    assert Touch.objects.count() == 0


def test_another_body_under_a_known_id_is_shown(ops: Client) -> None:
    sender = Sender()
    sender.batch(track("Boat Rocked", userId="u1", messageId="m1"))
    sender.batch(track("Oar Lost <b>", userId="u1", messageId="m1"))
    response = ops.get(reverse("signals:conflicts"))
    assert [item.message_id for item in response.context["page"].object_list] == ["m1"]
    assert "Oar Lost &lt;b&gt;" in response.content.decode()


def test_empty_pages_say_so(ops: Client) -> None:
    for name, words in (
        ("events", "Nothing was sent in the last 30 days"),
        ("unmapped", "Every event is mapped"),
        ("set_aside", "Nothing waits"),
        ("conflicts", "No conflicts"),
    ):
        assert words in ops.get(reverse(f"signals:{name}")).content.decode()
    assert TouchType.objects.filter(key="unmapped").exists()
