"""Notices by kind and channel, and the digest: once, at an hour of one's own zone, whatever was off or ran twice (R7)."""

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from handoff import digests, notify
from handoff.models import DigestChoice, Notice, NoticeChoice, OutboxMessage
from handoff.notify import KINDS, MAILED
from tests.handoff import desk

NOW = desk.NOW  # Wednesday 2026-03-11, 10:00 UTC
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("every", "hour", "zone", "now", "expected"),
    [
        ("day", 8, "UTC", "2026-03-11T10:00", "2026-03-11T08:00"),
        ("day", 8, "UTC", "2026-03-11T08:00", "2026-03-11T08:00"),
        ("day", 8, "UTC", "2026-03-11T07:59", "2026-03-10T08:00"),
        ("day", 8, "America/New_York", "2026-03-11T10:00", "2026-03-10T12:00"),
        ("day", 8, "Europe/Amsterdam", "2026-03-29T06:30", "2026-03-29T06:00"),  # the day that summer time begins
        ("day", 8, "Europe/Amsterdam", "2026-03-28T07:30", "2026-03-28T07:00"),
        ("week", 8, "UTC", "2026-03-11T10:00", "2026-03-09T08:00"),
        ("week", 8, "UTC", "2026-03-09T07:00", "2026-03-02T08:00"),
        ("week", 0, "Pacific/Auckland", "2026-03-08T12:00", "2026-03-08T11:00"),  # Monday there
    ],
)
def test_a_digest_is_due_at_an_hour_of_ones_own_zone(every: str, hour: int, zone: str, now: str, expected: str) -> None:
    found = digests.last_hour(every, hour, ZoneInfo(zone), dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
    assert found == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


@pytest.fixture
def priya(db: None) -> User:
    user = desk.user("sdr", "Priya Nair")
    NoticeChoice.objects.create(user=user, kind="assigned", mail="digest")
    return user


def told(user: User, kind: str = "assigned", *, key: str = "k1", at: dt.datetime = NOW) -> Notice:
    notify.tell([user], kind=kind, text=f"{kind} {key}", key=key)
    Notice.objects.filter(recipient=user, key=key).update(created_at=at)
    return Notice.objects.get(recipient=user, key=key)


def test_what_goes_into_the_digest_leaves_together_and_once(priya: User) -> None:
    for number in range(3):
        told(priya, key=f"k{number}", at=NOW - number * HOUR)
    assert OutboxMessage.objects.count() == 0
    assert digests.send_due(now=NOW + 21 * HOUR) == 0  # 07:00 of the next day
    assert [digests.send_due(now=NOW + 22 * HOUR) for _ in range(2)] == [1, 0]
    message = OutboxMessage.objects.get()
    assert (message.recipient, message.payload["subject"]) == (priya.email, "MQA Desk: 3 notices")
    assert message.payload["text"].splitlines() == [
        "Wed Mar 11 08:00  assigned k2",
        "Wed Mar 11 09:00  assigned k1",
        "Wed Mar 11 10:00  assigned k0",
    ]
    assert digests.send_due(now=NOW + 200 * HOUR) == 0


def test_a_scheduler_that_was_off_for_days_sends_one_that_catches_up(priya: User) -> None:
    told(priya, key="old", at=NOW - 80 * HOUR)
    told(priya, key="new", at=NOW - 30 * HOUR)
    told(priya, key="for tomorrow", at=NOW)
    assert digests.send_due(now=NOW) == 1
    assert len(OutboxMessage.objects.get().payload["text"].splitlines()) == 2
    assert list(Notice.objects.filter(digested_at=None).values_list("key", flat=True)) == ["for tomorrow"]


def test_a_weekly_digest_waits_for_monday(priya: User) -> None:
    DigestChoice.objects.create(user=priya, every="week", hour=7)
    told(priya)
    assert [digests.send_due(now=NOW + days * 24 * HOUR) for days in (1, 4, 5)] == [0, 0, 1]


def test_who_has_left_gets_none(priya: User) -> None:
    told(priya)
    User.objects.filter(pk=priya.pk).update(is_active=False)
    assert digests.send_due(now=NOW + 48 * HOUR) == 0
    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "choice", "expected"),
    [
        ("assigned", None, (True, False, 1)),
        ("queued", None, (True, False, 0)),
        ("assigned", {"mail": "off"}, (True, False, 0)),
        ("assigned", {"mail": "digest"}, (True, True, 0)),
        ("queued", {"mail": "now"}, (True, False, 1)),
        ("queued", {"mail": "digest", "bell": False}, (False, True, 0)),
        ("assigned", {"mail": "off", "bell": False}, (False, False, 0)),
    ],
)
@pytest.mark.django_db
def test_each_kind_goes_where_one_wants_it_and_is_known_once(kind: str, choice: dict | None, expected: tuple) -> None:
    user = desk.user("sdr")
    if choice:
        NoticeChoice.objects.create(user=user, kind=kind, **choice)
    assert [notify.tell([user], kind=kind, text="x", key="k") for _ in range(2)] == [1, 0]
    notice = Notice.objects.get()
    assert (notice.in_bell, notice.in_digest, OutboxMessage.objects.count()) == expected
    assert (notice.read_at is None) is notice.in_bell


def test_a_user_chooses_by_kind_and_channel(client: Client, priya: User) -> None:
    client.force_login(priya)
    form = client.get("/settings/mail/").context["form"]
    data = {name: form[name].initial for name in form.fields if form[name].initial is not False}
    assert (data["mail_assigned"], data["mail_mention"], data["mail_queued"], data["every"]) == (
        "digest", "now", "off", "day",
    )  # fmt: skip
    changed = {**data, "mail_mention": "off", "mail_queued": "digest", "every": "week", "hour": "17"}
    del changed["bell_won"]
    assert client.post("/settings/mail/", changed)["Location"] == "/settings/mail/"
    kept = set(NoticeChoice.objects.filter(user=priya).values_list("kind", "bell", "mail"))
    assert kept == {
        ("assigned", True, "digest"), ("mention", True, "off"), ("queued", True, "digest"), ("won", False, "off"),
    }  # fmt: skip
    assert (priya.digest.every, priya.digest.hour) == ("week", 17)


def test_a_choice_that_is_not_offered_changes_nothing(client: Client, priya: User) -> None:
    client.force_login(priya)
    assert client.post("/settings/mail/", {"mail_assigned": "gossip", "every": "day", "hour": "8"}).status_code == 422
    assert list(NoticeChoice.objects.values_list("kind", "mail")) == [("assigned", "digest")]


def test_what_is_not_for_the_bell_is_not_in_it(client: Client, priya: User) -> None:
    NoticeChoice.objects.create(user=priya, kind="won", bell=False, mail="off")
    told(priya, "won", key="hidden")
    told(priya, "assigned", key="shown")
    client.force_login(priya)
    response = client.get("/notices/")
    assert ([row.key for row in response.context["rows"]], response.context["unread"]) == (["shown"], 1)


def test_everything_that_is_told_can_be_chosen() -> None:
    assert set(MAILED) < set(KINDS)
    assert all(len(kind) <= 30 for kind in KINDS)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_schedulers_at_once_send_one_digest() -> None:
    user = desk.user("sdr")
    NoticeChoice.objects.create(user=user, kind="assigned", mail="digest")
    told(user)
    sent = []

    def run() -> None:
        sent.append(digests.send_due(now=NOW + 48 * HOUR))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(sent), OutboxMessage.objects.count()) == ([0, 0, 0, 1], 1)
