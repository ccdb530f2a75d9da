"""Many connections at once (promises R2, R8): one touch per id, no deadlock, no second person, nothing missed."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.companies import create_account
from accounts.models import Account, Contact, Source
from accounts.people import create_contact
from signals.ingest import store
from signals.ingest.parse import parse
from signals.models import EventConflict, IngestCount, PastReading, RescoreRequest, Touch, TouchLedger
from tests.signals.ingest.sending import Sender, counted, group, identify, page, track

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(works: Iterable[Callable[[], object]]) -> list[object]:
    """Run each in a thread and connection of its own, all starting together; what they returned."""
    works = list(works)
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            start.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result() for future in [threads.submit(run, work) for work in works]]


def accept(key: Any, events: list[Any]) -> store.Counts:
    """What the door does after parsing."""
    at = datetime.now(UTC)
    return store.accept(key=key, entries=[parse(event, received_at=at) for event in events], received_at=at)


def test_fifty_at_once_are_one_touch() -> None:
    sender = Sender()
    event = track(userId="jo@acme.com", messageId="m1", timestamp="2026-11-01T10:00:00Z")
    results = at_once([lambda: accept(sender.key, [event])] * 50)
    assert Counter(results) == {store.Counts(1, 1, 0, 0): 1, store.Counts(1, 0, 1, 0): 49}
    assert (Touch.objects.count(), TouchLedger.objects.count(), Contact.objects.count()) == (1, 1, 1)
    assert EventConflict.objects.count() == 0


def test_sixteen_writers_with_shuffled_overlapping_batches() -> None:
    """Most of one account; each event is in several batches; each writer has its own order."""
    sender = Sender()
    create_account(name="Acme", domain="acme.com")
    events: list[dict[str, Any]] = [group("g1", website="acme.com"), group("g2", name="Other", website="other.com")]
    for number in range(12):
        domain = "acme.com" if number < 9 else "other.com"
        events.append(identify(f"u{number}", f"p{number}@{domain}", anonymousId=f"a{number}", traits={"title": "VP"}))
        events += [track(userId=f"u{number}") for _ in range(6)]
        events += [page("/pricing", anonymousId=f"a{number}") for _ in range(6)]
        events.append(track(userId=f"p{number}@{domain}", properties={"theme": f"theme {number}"}))
    for number, event in enumerate(events):
        event |= {"messageId": f"m{number}", "timestamp": "2026-11-01T10:00:00Z"}

    def write(seed: int) -> int:
        dice, taken = random.Random(seed), 0
        for _ in range(5):
            taken += accept(sender.key, dice.sample(events, 60)).accepted
        return taken

    taken = at_once([lambda seed=seed: write(seed) for seed in range(16)])
    accept(sender.key, events)
    assert sum(taken) <= len(events)  # type: ignore[arg-type]
    received, accepted, duplicate, set_aside = counted()
    assert (received, accepted, set_aside) == (16 * 5 * 60 + len(events), len(events), 0)
    assert duplicate == received - accepted
    assert TouchLedger.objects.count() == len(events)
    assert Contact.objects.filter(merged_into=None).count() == 12
    assert Account.objects.count() == 2
    touches = Counter(Touch.objects.values_list("account__name", "contact__account__name"))
    assert touches == {("Acme", "Acme"): 9 * 13, ("Other", "Other"): 3 * 13}
    assert IngestCount.objects.count() == 16 * 5 + 1


def test_accounts_that_arrive_while_their_touches_come_in_miss_none() -> None:
    sender = Sender()

    def send(number: int) -> None:
        for turn in range(4):
            accept(
                sender.key,
                [
                    track(userId=f"p{number}-{turn}@company{turn}.com"),
                    page("/", anonymousId=f"v{number}-{turn}", context={"groupId": f"g{turn}"}),
                ],
            )

    def arrive(turn: int) -> None:
        create_account(name=f"Company {turn}", domain=f"company{turn}.com")
        accept(sender.key, [group(f"g{turn}", domain=f"company{turn}.com")])

    at_once([lambda n=n: send(n) for n in range(8)] + [lambda t=t: arrive(t) for t in range(4)])
    assert Touch.objects.filter(account=None).count() == 0
    assert Contact.objects.filter(account=None).count() == 0
    assert Counter(Touch.objects.values_list("account__name", flat=True)) == {f"Company {t}": 16 for t in range(4)}
    waiting = RescoreRequest.objects.values_list("center__account_id", flat=True)
    assert set(waiting) == set(Account.objects.values_list("pk", flat=True))


def test_visitors_who_are_identified_while_they_click_lose_no_click() -> None:
    sender = Sender()
    create_account(name="Acme", domain="acme.com")

    def click(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(10):
            accept(sender.key, [page("/pricing", anonymousId=f"a{dice.randrange(6)}") for _ in range(3)])

    def name(number: int) -> None:
        accept(sender.key, [identify(f"u{number}", f"p{number}@acme.com", anonymousId=f"a{number}")])

    at_once([lambda s=s: click(s) for s in range(6)] + [lambda n=n: name(n) for n in range(6)])
    assert Touch.objects.count() == 6 * 10 * 3
    assert Touch.objects.filter(contact=None).count() == 0
    for touch in Touch.objects.select_related("contact", "account"):
        assert touch.contact is not None
        assert touch.contact.user_id == touch.visitor.replace("a", "u")
    revised = set(PastReading.objects.values_list("touch_id", flat=True))
    assert revised <= set(Touch.objects.values_list("pk", flat=True))


def test_a_person_made_on_a_page_in_the_same_moment_is_the_same_person() -> None:
    sender = Sender()
    acme = create_account(name="Acme", domain="acme.com")

    def by_page(number: int) -> None:
        # Whoever is second is told who has the address.
        with suppress(ValidationError):
            create_contact(account=acme, email=f"p{number}@acme.com")

    at_once(
        [lambda n=n: accept(sender.key, [track(userId=f"p{n}@acme.com")]) for n in range(6)]
        + [lambda n=n: by_page(n) for n in range(6)]
    )
    assert Contact.objects.count() == 6
    assert Touch.objects.filter(account=acme).exclude(contact=None).count() == 6
    assert Source.objects.count() == 1
