"""Webhooks: written with what causes them, signed, at least once under a stable id, tried again for days."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from standardwebhooks.webhooks import Webhook

from handoff import actions, webhooks
from handoff.errors import MoveRefused
from handoff.models import NoticeChoice, OutboxMessage, WebhookAttempt, WebhookEndpoint
from handoff.process import process_transitions
from handoff.webhook_delivery import WAITS, deliver_webhooks
from tests.handoff import desk
from tests.handoff.desk import NOW
from tests.handoff.receiving import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def told(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    with receiver() as found:
        yield found


def endpoint(told: Receiver, *types: str, kind: str = "standard") -> WebhookEndpoint:
    made, _ = webhooks.create_endpoint(kind=kind, name="CRM", url=told.url, event_types=list(types or "*"), by=None)
    return made


def sent(told: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in told.got]


def types() -> list[str]:
    return list(
        OutboxMessage.objects.filter(endpoint__isnull=False).order_by("id").values_list("event_type", flat=True)
    )


def test_a_move_is_told_after_it_can_no_longer_be_undone(told: Receiver, clock: Any) -> None:
    row = desk.handoff()
    sdr = desk.user("sdr", "Sara Dahl")
    hook = endpoint(told)

    actions.claim(handoff_id=row.pk, by=sdr)
    assert (deliver_webhooks(), told.got) == (0, [])
    clock.shift(60)
    assert deliver_webhooks() == 1

    path, headers, body = told.got[0]
    said = Webhook(hook.secret).verify(body, headers)
    assert path == "/hook?of=desk"
    assert headers["Content-Type"] == "application/json"
    assert said == {
        "type": "handoff.claimed",
        "timestamp": "2026-03-11T10:00:00Z",
        "data": {
            "account": {"id": row.account_id, "name": row.account.name, "domain": None, "is_target": False},
            "center": {"id": row.center_id, "name": row.account.name, "is_default": True},
            "handoff": said["data"]["handoff"],
            "event": {
                "id": row.events.get().pk,
                "action": "claim",
                "at": "2026-03-11T10:00:00Z",
                "by": {"id": sdr.pk, "name": "Sara Dahl"},
                "from": "queued",
                "to": "working",
                "reason": None,
                "comment": "",
            },
        },
    }
    assert (said["data"]["handoff"]["id"], said["data"]["handoff"]["state"]) == (row.pk, "working")
    message = OutboxMessage.objects.get(endpoint=hook)
    assert (message.delivered_at, message.attempts, message.last_error) == (NOW + dt.timedelta(seconds=60), 1, "")
    assert deliver_webhooks() == 0


def test_a_body_or_a_time_that_was_changed_does_not_verify(told: Receiver) -> None:
    from standardwebhooks.webhooks import WebhookVerificationError

    hook = endpoint(told)
    webhooks.announce_test(hook)
    deliver_webhooks()
    _, headers, body = told.got[0]

    for wrong in (
        (body + b" ", headers),
        (body, headers | {"webhook-timestamp": str(int(NOW.timestamp()) + 1)}),
        (body, headers | {"webhook-id": "msg_other"}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(hook.secret).verify(*wrong)


def test_an_undone_move_is_never_told(told: Receiver, clock: Any) -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    endpoint(told)
    actions.claim(handoff_id=row.pk, by=sdr)

    actions.undo(handoff_id=row.pk, by=sdr)
    clock.shift(3600)

    assert (deliver_webhooks(), types(), told.got) == (0, [], [])


def test_who_has_heard_of_a_move_hears_that_it_was_undone(told: Receiver) -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    endpoint(told)
    actions.claim(handoff_id=row.pk, by=sdr)
    OutboxMessage.objects.update(attempts=1)

    actions.undo(handoff_id=row.pk, by=sdr)

    assert types() == ["handoff.claimed", "handoff.undone"]


def test_a_move_that_is_refused_or_rolled_back_tells_nobody(told: Receiver) -> None:
    row = desk.handoff("working")
    endpoint(told)

    with pytest.raises(MoveRefused):
        actions.claim(handoff_id=row.pk, by=desk.user("sdr"))
    with transaction.atomic():
        actions.release(handoff_id=row.pk, by=row.claimed_by)
        transaction.set_rollback(True)

    assert types() == []


def test_a_new_mqa_is_told_as_such_and_as_queued(told: Receiver) -> None:
    endpoint(told)
    center = desk.whole(desk.account("Northwind"))
    desk.qualify(center, score=91.6)

    process_transitions()
    process_transitions()

    deliver_webhooks()
    first, second = sorted(sent(told), key=lambda one: one["type"])
    assert (first["type"], first["data"]["center"]["name"]) == ("handoff.queued", "Northwind")
    assert second["type"] == "mqa.qualified"
    assert second["data"]["decision"]["score"] == 91.6
    assert second["data"]["handoff"]["id"] == first["data"]["handoff"]["id"]


def test_an_mqa_that_cooled_is_told(told: Receiver) -> None:
    from handoff.cooling import cool_and_withdraw

    center = desk.whole(desk.account())
    desk.state(center, qualified=False)
    desk.handoff(center=center, cooling_since=NOW.date() - dt.timedelta(days=7))
    endpoint(told, "mqa.cooled")

    assert cool_and_withdraw() == 1

    assert types() == ["mqa.cooled"]


def test_each_endpoint_hears_what_it_asked_for_alone(told: Receiver, clock: Any) -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    endpoint(told, "handoff.claimed")
    endpoint(told, "handoff.won")
    off = endpoint(told, "*")
    webhooks.set_active(off, active=False)

    actions.claim(handoff_id=row.pk, by=sdr)

    assert types() == ["handoff.claimed"]


def test_a_failed_attempt_is_repeated_under_the_same_id_ever_later(told: Receiver, clock: Any) -> None:
    hook = endpoint(told)
    webhooks.announce_test(hook)
    told.answers = [500, 503, 200]

    assert [deliver_webhooks(), deliver_webhooks()] == [1, 0]
    message = OutboxMessage.objects.get()
    assert (message.next_attempt_at, message.last_error) == (NOW + dt.timedelta(seconds=5), "500: ok")
    clock.shift(5)
    deliver_webhooks()
    assert OutboxMessage.objects.get().next_attempt_at == NOW + dt.timedelta(seconds=305)
    clock.shift(300)
    deliver_webhooks()

    assert [headers["webhook-id"] for _, headers, _ in told.got] == [told.got[0][1]["webhook-id"]] * 3
    assert [headers["webhook-timestamp"] for _, headers, _ in told.got] == [
        str(int(NOW.timestamp()) + seconds) for seconds in (0, 5, 305)
    ]
    assert list(WebhookAttempt.objects.order_by("id").values_list("status", "error")) == [
        (500, "500: ok"),
        (503, "503: ok"),
        (200, ""),
    ]
    assert OutboxMessage.objects.get().delivered_at is not None


def test_it_is_tried_for_more_than_three_days_and_then_given_up(told: Receiver, clock: Any) -> None:
    webhooks.announce_test(endpoint(told))
    told.answers = [500]
    for wait in WAITS:
        assert deliver_webhooks() == 1
        clock.shift(wait)
    assert OutboxMessage.objects.get().given_up_at is None

    deliver_webhooks()

    message = OutboxMessage.objects.get()
    assert (message.attempts, message.given_up_at - NOW > dt.timedelta(days=3)) == (10, True)
    clock.shift(dt.timedelta(days=30))
    assert (deliver_webhooks(), len(told.got)) == (0, 10)


def test_a_replay_goes_out_at_once_under_the_old_id(told: Receiver) -> None:
    message = webhooks.announce_test(endpoint(told))
    deliver_webhooks()

    webhooks.replay(message)
    deliver_webhooks()

    assert told.got[0][1]["webhook-id"] == told.got[1][1]["webhook-id"]
    assert told.got[0][2] == told.got[1][2]
    assert WebhookAttempt.objects.count() == 2


def test_a_redirect_is_not_followed(told: Receiver) -> None:
    webhooks.announce_test(endpoint(told))
    told.answers, told.headers = [302], {"Location": told.url + "&again=1"}

    deliver_webhooks()

    assert len(told.got) == 1
    assert OutboxMessage.objects.get().last_error == "302: redirects are not followed; enter the final address"


def test_an_endpoint_that_is_gone_is_told_nothing_more(told: Receiver) -> None:
    hook = endpoint(told)
    webhooks.announce_test(hook)
    told.answers = [410]

    deliver_webhooks()
    actions.claim(handoff_id=desk.handoff().pk, by=desk.user("sdr"))

    hook.refresh_from_db()
    assert (hook.is_active, hook.stopped_because) == (False, "It answered 410: gone.")
    assert types() == ["webhook.test"]
    assert OutboxMessage.objects.get().given_up_at == NOW


def test_an_address_inside_the_network_is_asked_nothing(told: Receiver, settings: Any) -> None:
    webhooks.announce_test(endpoint(told))
    WebhookEndpoint.objects.update(url=told.url.replace("http:", "https:"))
    settings.WEBHOOKS_ALLOW_PRIVATE = False

    deliver_webhooks()

    assert told.got == []
    assert OutboxMessage.objects.get().last_error == (
        "127.0.0.1 leads to 127.0.0.1, which is inside a network: webhooks go outside only."
    )


def test_a_dead_endpoint_does_not_hold_up_the_others(told: Receiver, settings: Any) -> None:
    dead, _ = webhooks.create_endpoint(
        kind="standard", name="Dead", url="http://127.0.0.1:9/", event_types=["*"], by=None
    )
    alive = endpoint(told)
    for _ in range(3):
        webhooks.announce_test(dead)
    for _ in range(3):
        webhooks.announce_test(alive)

    assert deliver_webhooks() == 4

    assert len(told.got) == 3
    assert OutboxMessage.objects.filter(endpoint=dead, attempts=0).count() == 2


def test_an_attempt_that_died_is_made_again(told: Receiver, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    webhooks.announce_test(endpoint(told))

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("handoff.webhook_delivery._attempt", die)
        with pytest.raises(KeyboardInterrupt):
            deliver_webhooks()
    assert deliver_webhooks() == 0
    clock.shift(120)

    assert (deliver_webhooks(), len(told.got)) == (1, 1)


def test_slack_is_told_of_mqas_and_hand_raises_in_words(told: Receiver, settings: Any) -> None:
    settings.DESK_URL = "https://desk.example.com"
    endpoint(told, *webhooks.FOR_SLACK, kind="slack")
    company = desk.account("Tom & <Jerry>")
    center = desk.whole(company)
    desk.qualify(center, score=91.6)
    process_transitions()
    desk.raise_hand(center, 77)
    process_transitions()

    deliver_webhooks()

    link = f"<https://desk.example.com/accounts/{company.pk}/|Tom &amp; &lt;Jerry&gt;>"
    assert sent(told) == [{"text": f"{link} is an MQA: score 92."}, {"text": f"{link} asks to be called."}]
    assert not any(name.lower().startswith("webhook-") for _, headers, _ in told.got for name in headers)


def test_a_user_who_wants_no_mail_of_a_kind_still_has_it_in_the_bell() -> None:
    row, manager = desk.handoff(), desk.user("manager")
    quiet, other = desk.user("sdr"), desk.user("sdr")
    NoticeChoice.objects.create(user=quiet, kind="assigned", mail="off")

    actions.assign(handoff_id=row.pk, to=quiet, by=manager)
    actions.assign(handoff_id=desk.handoff().pk, to=other, by=manager)

    assert (quiet.notices.count(), other.notices.count()) == (1, 1)
    assert list(OutboxMessage.objects.values_list("recipient", flat=True)) == [other.email]
