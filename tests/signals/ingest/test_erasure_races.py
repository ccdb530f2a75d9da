"""A person is erased while events of theirs arrive on other connections: whoever comes second sees what the first did (X5)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.erasure import erase_contact
from accounts.models import Contact, ErasedKey, Erasure, VisitorIdentity
from signals.models import Touch, TouchLedger
from tests.accounts.test_erasure import tables_with
from tests.signals.ingest.sending import Sender, counted, identify, page, track
from tests.signals.ingest.test_races import accept, at_once

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, USER, VISITOR, LATER = "wilhelmina@quackenbush-works.com", "usr-9q8w7e", "anon-zz91xx", "anon-later7"
HERS = (EMAIL, USER, VISITOR, LATER, "Quackenbush")


@pytest.fixture
def sender() -> Sender:
    found = Sender()
    accept(found.key, [identify(USER, EMAIL, anonymousId=VISITOR, messageId="i-1", traits={"lastName": "Quackenbush"})])
    return found


def events(number: int) -> list[dict[str, Any]]:
    """What she does: by her id, by her address, as a visitor, and in a browser that nobody knew."""
    return [
        track(userId=USER, messageId=f"t-{number}"),
        page("/pricing", anonymousId=VISITOR, messageId=f"p-{number}"),
        track(messageId=f"e-{number}", context={"traits": {"email": EMAIL, "lastName": "Quackenbush"}}),
        identify(USER, EMAIL, anonymousId=LATER, messageId=f"l-{number}"),
    ]


def one_waits_for_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """`first` is done but not committed while `second` runs into its locks; what `second` returned."""
    done, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                done.set()
                assert go_on.wait(30)
        finally:
            done.set()
            connection.close()

    def follow() -> Any:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(hold)
        assert done.wait(30)
        waits = threads.submit(follow)
        try:
            _until_somebody_waits()
        finally:
            go_on.set()
        held.result(30)
        return waits.result(30)


def _until_somebody_waits() -> None:
    for _ in range(300):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits for anybody")


def erase() -> Erasure:
    """As a person who is told that something came in, and presses again."""
    while True:
        with suppress(ValidationError):
            return erase_contact(contact=Contact.objects.get(erased_at__isnull=True), by=None)


def nothing_is_left() -> None:
    assert {text: tables_with(text) for text in HERS if tables_with(text)} == {}
    assert VisitorIdentity.objects.count() == 0
    assert Contact.objects.filter(erased_at__isnull=True).count() == 0


def test_an_event_that_waits_for_the_erasure_is_dropped(sender: Sender) -> None:
    found = one_waits_for_the_other(erase, lambda: accept(sender.key, events(1)[:3]))
    assert (found.accepted, Touch.objects.count(), Erasure.objects.get().turned_away) == (3, 0, 3)
    nothing_is_left()


def test_an_erasure_that_waits_for_an_event_erases_it_too(sender: Sender) -> None:
    one_waits_for_the_other(lambda: accept(sender.key, events(1)), erase)
    shell = Contact.objects.get()
    assert set(Touch.objects.values_list("contact", "user_id", "visitor", "email")) == {(shell.pk, "", "", "")}
    assert (Touch.objects.count(), Erasure.objects.get().turned_away) == (3, 0)
    nothing_is_left()
    accept(sender.key, events(2))
    assert (Touch.objects.count(), Erasure.objects.get().turned_away) == (3, 4)
    nothing_is_left()


def test_eight_writers_and_one_erasure(sender: Sender) -> None:
    def write(number: int) -> None:
        for turn in range(4):
            accept(sender.key, events(100 * number + turn))

    at_once([*(lambda n=n: write(n) for n in range(8)), erase])
    received, accepted, duplicate, set_aside = counted()
    assert (received, accepted, duplicate, set_aside) == (129, 129, 0, 0)
    identified = 8 * 4 * 4 - Erasure.objects.get().turned_away - Touch.objects.count()
    assert 0 <= identified <= 8 * 4
    assert (TouchLedger.objects.count(), ErasedKey.objects.count() >= 3) == (129, True)
    nothing_is_left()
