"""The managers' wall: who is late and why, who has how much, and the same queries whatever the size."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from handoff.models import Handoff
from tests.handoff import desk

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def overdue(row: Handoff, **columns: object) -> Handoff:
    Handoff.objects.filter(pk=row.pk).update(**columns)
    return row


def test_the_wall_names_who_is_late_and_why(client: Client) -> None:
    now = timezone.now()
    priya = desk.user("sdr", "Priya Nair", capacity=1)
    sam = desk.user("sdr", "Sam Berg", away_until=now.date() + dt.timedelta(days=3))
    tom = desk.user("ae", "Tom Okafor")
    held = desk.account("Alder")
    overdue(
        desk.handoff("working", company=held, sdr=priya),
        decision_due_at=now - 9 * HOUR, outreach_at=now - 60 * HOUR, outreach_due_at=None,
        last_activity_at=now - 49 * HOUR,
    )  # fmt: skip
    owned = {
        name: desk.account(name, owner_sdr=who) for name, who in (("Birch", priya), ("Cedar", sam), ("Dogwood", None))
    }
    for hours, company in enumerate(owned.values(), 1):
        overdue(desk.handoff(company=company), claim_due_at=now - hours * HOUR)
    overdue(
        desk.handoff("passed", company=desk.account("Elm"), ae=tom, sdr=priya),
        answer_due_at=now - 5 * HOUR, passed_at=now - 73 * HOUR,
    )  # fmt: skip
    desk.handoff(company=desk.account("In time"))
    client.force_login(desk.user("manager"))
    said = [
        (one.handoff.account.name, one.clock.label, str(one.person or "Nobody"), one.why)
        for one in client.get("/team/").context["late"]
    ]
    assert said == [
        ("Alder", "Decide", "Priya Nair", "no activity for 2 days"),
        ("Elm", "Answer", "Tom Okafor", "not answered for 3 days"),
        ("Dogwood", "Claim", "Nobody", "nobody owns it"),
        ("Cedar", "Claim", "Sam Berg", f"away until {sam.away_until:%d %b}"),
        ("Birch", "Claim", "Priya Nair", "has 1 open of 1"),
    ]


def test_the_wall_counts_what_everybody_has(client: Client) -> None:
    now = timezone.now()
    priya, tom = desk.user("sdr", "Priya Nair"), desk.user("ae", "Tom Okafor")
    overdue(desk.handoff("working", sdr=priya), decision_due_at=now - HOUR)
    desk.handoff(company=desk.account("Birch", owner_sdr=priya))
    desk.handoff("passed", sdr=priya, ae=tom)
    desk.handoff("accepted", sdr=priya, ae=tom)
    client.force_login(desk.user("manager"))
    people = client.get("/team/").context["people"]
    assert [(str(one.user), one.working, one.waiting, one.late, one.capacity) for one in people] == [
        ("Priya Nair", 1, 1, 1, 25),
        ("Tom Okafor", 2, 0, 0, 25),
    ]


@pytest.mark.parametrize("size", [1, 12])
def test_the_wall_takes_the_same_queries_whatever_its_size(
    client: Client, size: int, django_assert_num_queries
) -> None:
    client.force_login(desk.user("manager"))
    for number in range(size):
        sdr = desk.user("sdr", team=desk.team())
        overdue(desk.handoff(company=desk.account(f"A {number}", owner_sdr=sdr)), claim_due_at=timezone.now() - HOUR)
        overdue(desk.handoff("working", sdr=sdr), decision_due_at=timezone.now() - HOUR)
    with django_assert_num_queries(10):
        assert len(client.get("/team/").context["late"]) == 2 * size


def test_an_sdr_has_no_wall(client: Client) -> None:
    sdr = desk.user("sdr")
    client.force_login(sdr)
    assert client.get("/team/").status_code == 403
    assert client.post(f"/team/{sdr.pk}/", {"capacity": "9"}).status_code == 403
    sdr.refresh_from_db()
    assert sdr.capacity is None
