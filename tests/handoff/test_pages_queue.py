"""The queue as pages: who sees what, claims with and without JavaScript, and what a poll answers."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Domain, User
from handoff.models import Handoff
from tests.handoff import desk

pytestmark = pytest.mark.django_db

QUEUE = "/queue/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sdr(client: Client) -> User:
    user = desk.user("sdr", "Priya Nair", team=desk.team("EMEA"))
    client.force_login(user)
    return user


def queued(name: str, *, score: float = 80.0, **fields: object) -> Handoff:
    company = desk.account(name, **fields)
    desk.state(desk.whole(company), score=score, why="3 people in 5 days", strip=[])
    return desk.handoff(company=company)


def names(response) -> list[str]:
    return [row.account.name for row in response.context["rows"]]


def poll(client: Client, response, **headers: str):
    return client.get(response.context["live_url"], headers={**HTMX, **headers})


def test_the_pool_is_shown_most_urgent_first_with_counts(client: Client, sdr: User) -> None:
    queued("Later", score=95)
    urgent = queued("Urgent", score=71)
    Handoff.objects.filter(pk=urgent.pk).update(claim_due_at=timezone.now() + dt.timedelta(minutes=30))
    desk.handoff("working", company=desk.account("Mine"), sdr=sdr)
    response = client.get(QUEUE)
    assert names(response) == ["Urgent", "Later"]
    assert [(tab.label, tab.count) for tab in response.context["tabs"]] == [
        ("Team pool", 2), ("Mine", 1), ("Hand-raises", 0), ("Cooling", 0),
    ]  # fmt: skip
    assert response.context["lede"] == "2 to claim · 1 due within the hour"


def test_own_accounts_come_before_the_pool_and_say_so(client: Client, sdr: User) -> None:
    urgent = queued("Nobody's", score=95)
    Handoff.objects.filter(pk=urgent.pk).update(claim_due_at=timezone.now() - dt.timedelta(minutes=30))
    queued("Own", score=71, owner_sdr=sdr)
    response = client.get(QUEUE)
    assert names(response) == ["Own", "Nobody's"]
    own, other = response.content.decode().split("<tbody")[1].split("<tr")[1:]
    assert ("your account" in own, "your account" in other) == (True, False)


def test_only_managers_have_everyones_tab_and_bulk_assignment(client: Client, sdr: User) -> None:
    queued("Halden")
    assert b"Everyone" not in client.get(QUEUE).content
    assert b"bulk-to" not in client.get(QUEUE).content
    client.force_login(desk.user("manager"))
    assert b"Everyone" in client.get(QUEUE).content
    assert b"bulk-to" in client.get(QUEUE).content


def test_an_sdr_who_asks_for_everyones_gets_the_pool(client: Client, sdr: User) -> None:
    desk.handoff("working", company=desk.account("Somebody else's"))
    response = client.get(QUEUE, {"scope": "all"})
    assert (response.context["scope"], names(response)) == ("pool", [])


def test_an_ae_sees_the_queue_and_has_no_buttons(client: Client) -> None:
    queued("Halden")
    client.force_login(desk.user("ae"))
    response = client.get(QUEUE)
    assert names(response) == ["Halden"]
    assert b"Next account" not in response.content
    assert b"/claim/" not in response.content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"target": "on"}, ["Alder"]),
        ({"industry": "Food"}, ["Birch"]),
        ({"region": "EMEA"}, ["Alder"]),
        ({"score": "75"}, ["Alder"]),
        ({"q": "bir"}, ["Birch"]),
        ({"q": "nothing"}, []),
        ({"score": "not a number"}, ["Alder", "Birch"]),
        ({"theme": "integrations"}, ["Alder"]),
    ],
)
def test_filters_live_in_the_address(client: Client, sdr: User, query: dict[str, str], found: list[str]) -> None:
    from signals.models import Theme

    first = queued("Alder", score=90, is_target=True, industry="Rail", region="EMEA")
    queued("Birch", score=72, industry="Food", region="APAC")
    first.center.state.theme = Theme.objects.create(key="integrations", name="Integrations")
    first.center.state.save()
    response = client.get(QUEUE, query)
    assert names(response) == found


def test_a_company_of_several_domains_is_found_once(client: Client, sdr: User) -> None:
    account = queued("Halden").account
    for name in ("halden.example", "halden.test"):
        Domain.objects.create(account=account, name=name, is_primary=name == "halden.example")
    assert [names(client.get(QUEUE, {"q": text})) for text in ("hal", "halden.ex", "halden.t")] == [
        ["Halden"], ["Halden"], [],
    ]  # fmt: skip


def test_a_filter_that_is_set_can_be_taken_away(client: Client, sdr: User) -> None:
    response = client.get(QUEUE, {"target": "on", "q": "hal"})
    assert response.context["chips"] == [
        {"words": "Account: hal", "url": "/queue/?target=on"},
        {"words": "Target accounts", "url": "/queue/?q=hal"},
    ]


def test_claiming_without_javascript_opens_the_account(client: Client, sdr: User) -> None:
    row = queued("Halden")
    response = client.post(reverse("desk:claim", args=[row.pk]), follow=True)
    row.refresh_from_db()
    assert (row.state, row.claimed_by) == ("working", sdr)
    assert response.redirect_chain == [(f"/accounts/{row.account_id}/", 302)]
    assert b"Halden is yours." in response.content
    assert f"/handoffs/{row.pk}/undo/".encode() in response.content


def test_a_claim_is_undone_by_the_button_of_its_message(client: Client, sdr: User) -> None:
    row = queued("Halden")
    client.post(reverse("desk:claim", args=[row.pk]))
    response = client.post(reverse("desk:undo", args=[row.pk]), follow=True)
    row.refresh_from_db()
    assert (row.state, row.claimed_by) == ("queued", None)
    assert b"Undone. Halden is queued again." in response.content


def test_claiming_what_another_holds_names_the_holder_and_changes_nothing(client: Client, sdr: User) -> None:
    other = desk.user("sdr", "Sam Berg")
    row = desk.handoff("working", company=desk.account("Halden"), sdr=other)
    before = desk.everything(row)
    response = client.post(reverse("desk:claim", args=[row.pk]))
    assert response.status_code == 409
    assert b"Sam Berg has it" in response.content
    assert desk.everything(row) == before


def test_a_claim_by_htmx_marks_the_row_in_place(client: Client, sdr: User) -> None:
    row = queued("Halden")
    response = client.post(reverse("desk:claim", args=[row.pk]), headers=HTMX)
    body = response.content.decode()
    assert response.status_code == 200
    assert body.lstrip().startswith("<tr") or f'<tr data-row="{row.pk}"' in body
    assert "<html" not in body
    assert 'id="queue-tabs"' in body
    assert "Halden is yours." in body
    assert "Claim</button>" not in body


def test_a_claim_by_htmx_keeps_the_tab_and_filters_that_one_is_on(client: Client, sdr: User) -> None:
    row = queued("Halden")
    here = {"HX-Current-URL": "http://testserver/queue/?scope=hand_raises&target=on"}
    response = client.post(reverse("desk:claim", args=[row.pk]), headers=HTMX | here)
    assert [(tab.scope, tab.url) for tab in response.context["tabs"] if tab.current] == [
        ("hand_raises", "/queue/?scope=hand_raises&target=on")
    ]


def test_a_refused_claim_by_htmx_shows_the_holder_in_the_row(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=desk.user("sdr", "Sam Berg"))
    response = client.post(reverse("desk:claim", args=[row.pk]), headers=HTMX)
    assert response.status_code == 409
    assert b"Sam B. has it" in response.content
    assert b"Sam Berg has this account" in response.content


def test_an_ae_may_not_claim(client: Client) -> None:
    row = queued("Halden")
    before = desk.everything(row)
    client.force_login(desk.user("ae"))
    assert client.post(reverse("desk:claim", args=[row.pk])).status_code == 403
    assert desk.everything(row) == before


def test_next_claims_the_most_urgent_and_opens_it(client: Client, sdr: User) -> None:
    queued("Later", score=95)
    urgent = queued("Urgent", score=71)
    Handoff.objects.filter(pk=urgent.pk).update(claim_due_at=timezone.now() + dt.timedelta(minutes=30))
    response = client.post(reverse("desk:next"))
    assert response["Location"] == f"/accounts/{urgent.account_id}/"
    urgent.refresh_from_db()
    assert urgent.claimed_by == sdr


def test_next_says_when_nothing_waits(client: Client, sdr: User) -> None:
    response = client.post(reverse("desk:next"), follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert b"Nothing waits in your queue." in response.content


def test_a_manager_assigns_several_at_once(client: Client) -> None:
    client.force_login(desk.user("manager"))
    sam = desk.user("sdr", "Sam Berg")
    rows = [queued("Alder"), queued("Birch")]
    held = desk.handoff("working", company=desk.account("Cedar"), sdr=sam)
    data = {"to": sam.pk, "handoff": [row.pk for row in [*rows, held]]}
    response = client.post(reverse("desk:bulk_assign"), data, follow=True)
    assert [Handoff.objects.get(pk=row.pk).claimed_by for row in rows] == [sam, sam]
    assert b"2 accounts given to Sam Berg." in response.content
    assert b"Sam Berg has it already." in response.content


def test_an_sdr_may_not_assign(client: Client, sdr: User) -> None:
    row = queued("Halden")
    before = desk.everything(row)
    assert client.post(reverse("desk:bulk_assign"), {"to": sdr.pk, "handoff": [row.pk]}).status_code == 403
    assert desk.everything(row) == before


def test_a_poll_is_304_until_something_changes(client: Client, sdr: User) -> None:
    row = queued("Halden")
    page = client.get(QUEUE)
    first = poll(client, page)
    assert (first.status_code, first["Cache-Control"]) == (200, "private, no-cache")
    again = poll(client, page, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Handoff.objects.filter(pk=row.pk).update(
        state="working", claimed_by=desk.user("sdr", "Sam Berg"), claimed_at=timezone.now()
    )
    changed = poll(client, page, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert b"Sam B. has it" in changed.content


def test_a_poll_keeps_the_order_and_names_what_is_new(client: Client, sdr: User) -> None:
    first, second = queued("Alder", score=90), queued("Birch", score=80)
    page = client.get(QUEUE)
    Handoff.objects.filter(pk=second.pk).update(claim_due_at=timezone.now() - dt.timedelta(hours=1))
    queued("Ardenne Optics", score=99)
    answer = poll(client, page)
    assert [row.pk for row in answer.context["rows"]] == [first.pk, second.pk]
    body = answer.content.decode()
    assert "New:" in body
    assert "Ardenne Optics" in body.split('id="new-rows"')[1]
    assert "Ardenne Optics" not in body.split("<template>")[0]


def test_a_poll_ignores_ids_and_moments_that_are_none(client: Client, sdr: User) -> None:
    assert client.get("/queue/rows/?ids=x,,9e9,-1&since=yesterday").status_code == 200


@pytest.mark.parametrize("rows", [2, 35])
def test_the_queue_takes_the_same_queries_whatever_its_size(
    client: Client, sdr: User, rows: int, django_assert_num_queries
) -> None:
    for number in range(rows):
        queued(f"Company {number:02}")
    with django_assert_num_queries(10):
        response = client.get(QUEUE)
    assert len(response.context["rows"]) == rows
    with django_assert_num_queries(5):
        poll(client, response)


def test_a_page_holds_forty(client: Client, sdr: User) -> None:
    for number in range(42):
        queued(f"Company {number:02}")
    assert client.get(QUEUE).context["lede"] == "42 to claim"
    Handoff.objects.update(claim_due_at=timezone.now())
    assert client.get(QUEUE).context["lede"] == "42 to claim · 40 or more due within the hour"
    assert len(client.get(QUEUE).context["rows"]) == 40
    assert len(client.get(QUEUE, {"page": "2"}).context["rows"]) == 2


def test_a_handoff_that_was_never_evaluated_says_so(client: Client, sdr: User) -> None:
    desk.handoff(company=desk.account("Halden"), is_mqa=False, hand_raise_at=timezone.now())
    body = client.get(QUEUE).content.decode()
    assert body.count("not evaluated yet") == 3
    assert "Hand-raise" in body


def test_an_empty_queue_is_explained(client: Client, sdr: User) -> None:
    assert b"New MQAs appear here by themselves" in client.get(QUEUE).content
    assert b"Nothing matches these filters" in client.get(QUEUE, {"q": "x"}).content


def test_a_full_page_of_busy_accounts_is_under_100_kb(client: Client) -> None:
    """Touches on every day, every row with its chips: more than a page of a real desk holds."""
    for number in range(20):
        desk.user("sdr", f"Person Number {number}")
    today = timezone.now().date()
    strip = [
        [
            (today - dt.timedelta(days=back)).isoformat(),
            10 if back % 10 == 0 else 0,
            5 if back % 4 == 0 else 0,
            back % 7 + 1,
        ]
        for back in range(90)
    ]
    for number in range(45):
        company = desk.account(
            f"International Manufacturing Group {number}", industry="Manufacturing", employees=12_000, is_target=True
        )
        why = "3 people in 10 days on Integrations: a case study ×2; 3 executives engaged; intent surging"
        desk.state(desk.whole(company), score=80.25, why=why, strip=strip, fit=83.3, engagement=71.4, intent=66.7)
        desk.handoff(company=company, hand_raise_at=timezone.now(), cooling_since=today)
    client.force_login(desk.user("manager"))
    content = client.get(QUEUE, {"scope": "all"}).content
    assert content.count(b"<tr data-row=") == 40
    assert len(content) < 100_000
