"""One event is one touch, and the counts add up (promises R1 to R4)."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.companies import create_account
from signals.models import EventConflict, SetAsideEvent, Touch, TouchLedger
from tests.signals.ingest.sending import Sender, counted, identify, page, readings, track

pytestmark = pytest.mark.django_db


def test_the_same_event_again_is_the_same_touch() -> None:
    sender = Sender()
    event = track(messageId="m1", timestamp="2026-11-01T10:00:00Z")
    sender.batch(event)
    sender.batch(event, event)
    assert sender.post("track", event).status_code == 200
    assert counted() == (4, 1, 3, 0)
    assert Touch.objects.count() == TouchLedger.objects.count() == 1
    assert EventConflict.objects.count() == 0


def test_another_body_under_a_known_id_is_recorded_and_the_first_kept() -> None:
    sender = Sender()
    sender.batch(track("Webinar Attended", messageId="m1"), track("Email Opened", messageId="m1"))
    sender.batch(track("Demo Requested", messageId="m1"), track("Webinar Attended", messageId="m1"))
    assert [key for key, _, _ in readings()] == ["webinar_attended"]
    assert counted() == (4, 1, 3, 0)
    conflicts = EventConflict.objects.order_by("pk")
    assert [(row.message_id, row.payload["event"]) for row in conflicts] == [
        ("m1", "Email Opened"),
        ("m1", "Demo Requested"),
    ]


def test_the_same_id_of_another_source_is_another_event() -> None:
    Sender("site").batch(track(messageId="m1"))
    Sender("app").batch(track(messageId="m1"))
    assert Touch.objects.count() == 2


def test_what_was_set_aside_is_set_aside_once() -> None:
    sender = Sender()
    sender.batch({"type": "track", "messageId": "m1"})
    sender.batch({"type": "track", "messageId": "m1"})
    assert counted() == (2, 0, 1, 1)
    assert SetAsideEvent.objects.count() == 1


def test_without_a_message_id_a_resend_is_the_same_and_a_second_event_is_not() -> None:
    sender = Sender()
    dated, undated = track(userId="u", timestamp="2026-11-01T10:00:00Z"), track(userId="u")
    sender.batch(dated, undated)
    sender.batch(dated, undated)
    assert counted() == (4, 3, 1, 0)


EVENTS: list[dict[str, Any]] = [
    identify(
        "u1", "jo@acme.com", anonymousId="a1", messageId="i1", timestamp="2026-11-02T10:00:00Z", traits={"title": "VP"}
    ),
    identify("u2", "al@acme.com", messageId="i2", timestamp="2026-11-02T10:00:00Z", traits={"title": "CTO"}),
    identify("u2", "al@acme.com", messageId="i3", timestamp="2026-11-03T10:00:00Z", traits={"title": "Manager"}),
    {"type": "alias", "previousId": "a2", "userId": "u2", "messageId": "s1"},
    page("/pricing", anonymousId="a1", messageId="p1", timestamp="2026-11-01T10:00:00Z"),
    page("/pricing", anonymousId="a2", messageId="p2", timestamp="2026-11-01T10:00:00Z"),
    page("/blog", anonymousId="a3", messageId="p3", timestamp="2026-11-01T10:00:00Z"),
    track("Webinar Attended", userId="u1", messageId="t1", timestamp="2026-11-01T10:00:00Z"),
    track("Demo Requested", userId="u2", messageId="t2", timestamp="2026-11-04T10:00:00Z"),
    track("Case Study Downloaded", anonymousId="a2", userId="u2", messageId="t3", timestamp="2026-11-05T10:00:00Z"),
]
READ = {
    ("p1", "pricing_page", "Acme", "jo@acme.com", "vp"),
    ("p2", "pricing_page", "Acme", "al@acme.com", "manager"),
    ("p3", "blog_page", "", "", ""),
    ("t1", "webinar_attended", "Acme", "jo@acme.com", "vp"),
    ("t2", "demo_request", "Acme", "al@acme.com", "manager"),
    ("t3", "case_study", "Acme", "al@acme.com", "manager"),
}


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 6), min_size=1, max_size=8), account_at=st.integers(0, 12)
)
def test_order_batches_repeats_and_lateness_do_not_matter(seed: int, sizes: list[int], account_at: int) -> None:
    """However the same events arrive, and whenever their account does, they are read the same in the end."""
    dice = random.Random(seed)
    sender = Sender(f"source {seed} {dice.random()}")
    events = [*EVENTS, *dice.sample(EVENTS, 4)]
    dice.shuffle(events)
    total = len(events)
    while events:
        if total - len(events) >= account_at:
            account_at = 99
            acme = create_account(name="Acme", domain="acme.com")
        size = sizes[len(events) % len(sizes)]
        sender.batch(*events[:size])
        events = events[size:]
    if account_at != 99:
        acme = create_account(name="Acme", domain="acme.com")
    found = {
        (
            touch.message_id,
            touch.touch_type.key,
            touch.account.name if touch.account else "",
            touch.contact.email if touch.contact else "",
            touch.contact.seniority if touch.contact else "",
        )
        for touch in Touch.objects.filter(source=sender.key.source).select_related("touch_type", "account", "contact")
    }
    assert found == READ
    _forget(acme)


def _forget(account: Any) -> None:
    """Hypothesis runs its examples in one transaction: leave nothing to the next."""
    from accounts.models import Contact, VisitorIdentity
    from signals.models import IngestCount, PastReading, Transition

    for model in (Touch, PastReading, Transition, VisitorIdentity, IngestCount, TouchLedger, EventConflict):
        model.objects.all().delete()
    Contact.objects.all().delete()
    account.delete()
