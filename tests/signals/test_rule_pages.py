"""Rules are tried on what came last, saved, put in order, and applied to past events in the background."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.companies import create_account
from accounts.models import User
from signals import remapping
from signals.manual import log_touch
from signals.models import (
    MappingRule,
    PastReading,
    Remapping,
    RescoreRequest,
    Theme,
    ThemeRule,
    Touch,
    TouchType,
    Transition,
)
from tests.signals.ingest.sending import Sender, page, track

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


@pytest.fixture
def ops() -> Client:
    return signed_in("marketing_ops")


def values(**changed: object) -> dict[str, object]:
    webinar = TouchType.objects.get(key="webinar_attended").pk
    return {"field": "event", "match": "is", "value": "Boat Rocked", "touch_type": webinar} | changed


def drain() -> None:
    while remapping.work_step() or Remapping.objects.filter(finished_at__isnull=True).exists():
        pass


def keys() -> list[str]:
    return list(Touch.objects.order_by("pk").values_list("touch_type__key", flat=True))


@pytest.mark.parametrize("role", ["sdr", "ae", "manager"])
def test_roles_that_do_not_configure_see_and_change_nothing(role: str) -> None:
    rule = MappingRule.objects.first()
    theme = Theme.objects.create(key="t", name="T")
    theme_rule = ThemeRule.objects.create(theme=theme, field="path", match="contains", value="x")
    before = list(MappingRule.objects.values()), list(ThemeRule.objects.values())
    client = signed_in(role)
    for name, pk in (("rules", None), ("rule_new", None), ("rule", rule.pk), ("theme_rule_new", None),
                     ("theme_rule", theme_rule.pk), ("remap_progress", None)):  # fmt: skip
        assert client.get(reverse(f"signals:{name}", args=[pk] if pk else [])).status_code == 403, name
    for name, pk in (("rule_new", None), ("rule", rule.pk), ("rule_move", rule.pk), ("rule_active", rule.pk),
                     ("theme_rule_new", None), ("theme_rule", theme_rule.pk), ("theme_rule_move", theme_rule.pk),
                     ("theme_rule_active", theme_rule.pk), ("remap", None)):  # fmt: skip
        response = client.post(reverse(f"signals:{name}", args=[pk] if pk else []), values(do="save_all", to="down"))
        assert response.status_code == 403, name
    assert (list(MappingRule.objects.values()), list(ThemeRule.objects.values())) == before
    assert not Remapping.objects.exists()


def test_trying_a_rule_says_what_it_would_do_and_does_nothing(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        *(track("boat_rocked", userId=f"p{n}@acme.com") for n in range(3)),
        track("Demo Requested", userId="jo@acme.com"),
        page("/boat", userId="jo@acme.com"),
    )
    before = MappingRule.objects.count()
    response = ops.post(reverse("signals:rule_new"), values(do="try"))
    trial = response.context["trial"]
    assert (trial.looked_at, trial.matched, trial.differs) == (5, 3, 3)
    assert [(one.what, one.now, one.then) for one in trial.samples] == [
        ("boat_rocked", "Unmapped event", "Webinar attended")
    ] * 3
    assert "would have matched <b>3</b> of the last 5 events" in response.content.decode()
    assert MappingRule.objects.count() == before
    assert keys() == ["unmapped"] * 3 + ["demo_request", "page_other"]


def test_a_rule_on_a_property_is_tried_and_read_by(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        track("Video Played", userId="jo@acme.com", properties={"Video Title": "Our demo, live"}),
        track("Video Played", userId="jo@acme.com", properties={"Video Title": "Demography"}),
        track("Video Played", userId="jo@acme.com"),
    )
    sent = values(value="videoPlayed", property_name="video_title", property_value="demo, tour", minutes="3")
    trial = ops.post(reverse("signals:rule_new"), {**sent, "do": "try"}).context["trial"]
    assert (trial.looked_at, trial.matched) == (3, 1)
    ops.post(reverse("signals:rule_new"), {**sent, "do": "save_all"})
    drain()
    assert keys() == ["webinar_attended", "unmapped", "unmapped"]
    assert Touch.objects.order_by("pk").first().minutes == 3


def test_an_existing_rule_is_tried_in_its_place(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(page("/pricing/eu", userId="jo@acme.com"), page("/prices", userId="jo@acme.com"))
    rule = MappingRule.objects.get(value="/pricing")
    pricing = rule.touch_type_id
    changed = values(do="try", field="path", match="starts_with", value="/prices", touch_type=pricing)
    trial = ops.post(reverse("signals:rule", args=[rule.pk]), changed).context["trial"]
    # One is newly a pricing page, the other no longer.
    assert (trial.looked_at, trial.matched, trial.differs) == (2, 1, 2)
    rule.refresh_from_db()
    assert rule.value == "/pricing"


def test_a_rule_behind_another_that_holds_changes_nothing(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(page("/pricing", userId="jo@acme.com"))
    rule = MappingRule.objects.get(value="/")
    changed = values(do="try", field="path", match="starts_with", value="/", touch_type=rule.touch_type_id, minutes=9)
    trial = ops.post(reverse("signals:rule", args=[rule.pk]), changed).context["trial"]
    assert (trial.matched, trial.differs) == (1, 0)


def test_a_new_rule_stands_first_and_reads_what_comes(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(track("Boat Rocked", userId="jo@acme.com"))
    response = ops.post(reverse("signals:rule_new"), values(do="save", minutes="45", channel="sea"))
    assert response["Location"] == reverse("signals:rules")
    assert MappingRule.objects.first().value == "Boat Rocked"
    sender.batch(track("Boat Rocked", userId="jo@acme.com"))
    assert keys() == ["unmapped", "webinar_attended"]
    assert not Remapping.objects.exists()
    last = Touch.objects.order_by("-pk").first()
    assert (last.minutes, last.channel) == (45, "sea")


def test_bad_rules_are_refused_at_the_field(ops: Client) -> None:
    before = MappingRule.objects.count()
    for wrong, field in (
        ({"value": ""}, "value"),
        ({"value": "-- _"}, "value"),
        ({"field": "property", "value": "x"}, "property_name"),
        ({"property_value": "demo"}, "property_name"),
        ({"property_name": "form"}, "property_value"),
        ({"minutes": "-1"}, "minutes"),
        ({"minutes": "1441"}, "minutes"),
        ({"touch_type": TouchType.objects.get(key="unmapped").pk}, "touch_type"),
    ):
        response = ops.post(reverse("signals:rule_new"), values(do="save", **wrong))
        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field], wrong
    assert MappingRule.objects.count() == before


def test_rules_move_one_place_and_stop_at_the_ends(ops: Client) -> None:
    order = list(MappingRule.objects.values_list("pk", flat=True))
    ops.post(reverse("signals:rule_move", args=[order[2]]), {"to": "up"})
    assert list(MappingRule.objects.values_list("pk", flat=True))[:4] == [order[0], order[2], order[1], order[3]]
    ops.post(reverse("signals:rule_move", args=[order[2]]), {"to": "down"})
    ops.post(reverse("signals:rule_move", args=[order[0]]), {"to": "up"})
    ops.post(reverse("signals:rule_move", args=[order[-1]]), {"to": "down"})
    assert list(MappingRule.objects.values_list("pk", flat=True)) == order


def test_a_rule_that_is_not_in_use_reads_nothing_until_it_is_again(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    rule = MappingRule.objects.get(value="Demo Requested")
    url = reverse("signals:rule_active", args=[rule.pk])
    ops.post(url, {"active": "no"})
    sender.batch(track("Demo Requested", userId="jo@acme.com"))
    ops.post(url, {"active": "yes"})
    sender.batch(track("Demo Requested", userId="jo@acme.com"))
    assert keys() == ["unmapped", "demo_request"]


def test_past_events_are_read_again_and_what_was_known_before_is_kept(ops: Client) -> None:
    acme = create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.batch(
        track("Boat Rocked", userId="jo@acme.com"),
        track("Demo Requested", userId="jo@acme.com"),
        track("Boat Rocked", userId="bo@elsewhere.com"),
    )
    log_touch(account=acme, kind="call", by=User.objects.first())
    RescoreRequest.objects.all().delete()
    ops.post(reverse("signals:rule_new"), values(do="save_all"))
    assert keys() == ["unmapped", "demo_request", "unmapped", "call"]
    assert "are being read again" in ops.get(reverse("signals:remap_progress")).content.decode()
    drain()
    assert keys() == ["webinar_attended", "demo_request", "webinar_attended", "call"]
    run = Remapping.objects.get()
    assert (run.read, run.changed, run.percent) == (3, 2, 100)
    touch = Touch.objects.order_by("pk").first()
    past = PastReading.objects.get(touch_id=touch.pk)
    assert (past.touch_type.key, past.account, past.minutes) == ("unmapped", acme, 0)
    assert (past.known_until, past.known_from) == (touch.known_from, touch.received_at)
    assert (touch.account, touch.minutes) == (acme, 30)
    assert list(RescoreRequest.objects.values_list("center__account__name", "reason")) == [("Acme", "rules")]


def test_reading_again_without_a_change_writes_nothing() -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(
        page("/pricing", userId="jo@acme.com", properties={"theme": "Sails"}),
        track("Boat Rocked", userId="jo@acme.com"),
    )
    RescoreRequest.objects.all().delete()
    remapping.request_remapping(by=None)
    drain()
    assert (Remapping.objects.get().read, Remapping.objects.get().changed) == (2, 0)
    assert not PastReading.objects.exists()
    assert not RescoreRequest.objects.exists()


def test_chunks_go_on_where_the_last_one_ended_and_asking_again_starts_over(monkeypatch: pytest.MonkeyPatch) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(*(track("Boat Rocked", userId=f"p{n}@acme.com") for n in range(5)))
    MappingRule.objects.create(
        position=1, field="event", match="is", value="boatrocked", touch_type=TouchType.objects.get(key="comparison")
    )
    monkeypatch.setattr(remapping, "CHUNK", 2)
    remapping.request_remapping(by=None)
    assert remapping.work_step() == 2
    assert keys() == ["comparison"] * 2 + ["unmapped"] * 3
    run = Remapping.objects.get()
    assert (run.read, run.changed, run.finished_at) == (2, 2, None)
    assert 0 < run.percent < 100
    remapping.request_remapping(by=None)
    run.refresh_from_db()
    assert (run.at_id, run.read) == (0, 0)
    assert [remapping.work_step() for _ in range(4)] == [2, 2, 1, 0]
    assert keys() == ["comparison"] * 5
    run.refresh_from_db()
    assert (run.read, run.changed) == (5, 3)
    assert PastReading.objects.count() == 5


def test_a_demo_request_that_was_not_read_as_one_is_raised_once(ops: Client) -> None:
    Sender().batch(track("Boat Rocked", userId="bo@elsewhere.com"))
    assert not Transition.objects.exists()
    demo = TouchType.objects.get(key="demo_request").pk
    ops.post(reverse("signals:rule_new"), values(do="save_all", touch_type=demo))
    drain()
    remapping.request_remapping(by=None)
    drain()
    raised = Transition.objects.get()
    assert (raised.kind, raised.touch_id) == ("hand_raise", Touch.objects.get().pk)


def test_a_theme_rule_makes_its_theme_and_reads_past_pages(ops: Client) -> None:
    create_account(name="Acme", domain="acme.com")
    Sender().batch(page("/product/sails", userId="jo@acme.com"), page("/pricing", userId="jo@acme.com"))
    sent = {"field": "path", "match": "contains", "value": "sail", "new_theme": "Sailing"}
    trial = ops.post(reverse("signals:theme_rule_new"), {**sent, "do": "try"}).context["trial"]
    assert (trial.looked_at, trial.matched, trial.differs) == (2, 1, 1)
    assert [(one.what, one.now, one.then) for one in trial.samples] == [("/product/sails", "no theme", "Sailing")]
    assert not Theme.objects.exists()
    ops.post(reverse("signals:theme_rule_new"), {**sent, "do": "save_all"})
    drain()
    assert [str(touch.theme or "") for touch in Touch.objects.order_by("pk")] == ["Sailing", ""]
    rule = ThemeRule.objects.get()
    assert (rule.theme.key, rule.value) == ("sailing", "sail")
    ops.post(reverse("signals:theme_rule_active", args=[rule.pk]), {"active": "no"})
    rule.refresh_from_db()
    assert rule.archived_at is not None
    both = ops.post(reverse("signals:theme_rule_new"), {**sent, "theme": rule.theme_id, "do": "save"})
    assert (both.status_code, list(both.context["form"].errors)) == (422, ["theme"])


def test_a_rule_on_topics_is_tried_on_topics_and_reads_them_again(ops: Client) -> None:
    from signals.models import IntentTopic

    sails = Theme.objects.create(key="sails", name="Sails")
    IntentTopic.objects.create(name="Sailcloth prices")
    IntentTopic.objects.create(name="Sailing schools", theme=None, theme_overridden=True)
    IntentTopic.objects.create(name="Oars")
    sent = {"field": "topic", "match": "starts_with", "value": "sail", "theme": sails.pk}
    trial = ops.post(reverse("signals:theme_rule_new"), {**sent, "do": "try"}).context["trial"]
    assert (trial.noun, trial.looked_at, trial.matched, trial.differs) == ("topics", 3, 2, 1)
    ops.post(reverse("signals:theme_rule_new"), {**sent, "do": "save_all"})
    drain()
    assert dict(IntentTopic.objects.values_list("name", "theme__key")) == {
        "Sailcloth prices": "sails",
        "Sailing schools": None,
        "Oars": None,
    }
