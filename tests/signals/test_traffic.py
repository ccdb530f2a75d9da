"""Bots and our own people: kept, shown, counted, and without points (domain.md §2)."""

from typing import Any

import pytest
from django.test import Client

from accounts.companies import create_account
from accounts.models import Account
from signals.models import CenterState, IngestCount, PastReading, Touch, TrafficRule, Transition
from signals.remapping import request_remapping, work_step
from signals.rescore import rescore_until_done
from signals.traffic import BOT, INTERNAL, KNOWN_BOTS, Traffic, TrafficRow, is_known_bot
from tests.accounts.imports_help import imported
from tests.handoff import desk
from tests.signals.ingest.sending import Sender, days_ago, identify, page, track

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "python-requests/2.32.3",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "acmeprobe 1.0",
)
OURS = Traffic(
    [
        TrafficRow(BOT, "known", KNOWN_BOTS),
        TrafficRow(BOT, "user_agent", "AcmeProbe"),
        TrafficRow(INTERNAL, "domain", "ours.example"),
        TrafficRow(INTERNAL, "host", "staging.ours.example"),
        TrafficRow(INTERNAL, "ip", "192.0.2.0/24"),
        TrafficRow(INTERNAL, "ip", "2001:db8::7"),
        TrafficRow(INTERNAL, "property", "true", "internal"),
    ]
)


@pytest.mark.parametrize("agent", BROWSERS)
def test_people_s_browsers_are_nobody_s_bots(agent: str) -> None:
    assert OURS.why(properties={}, context={"userAgent": agent}) == ""


@pytest.mark.parametrize("agent", BOTS)
def test_known_bots_are_known_by_what_they_call_themselves(agent: str) -> None:
    assert OURS.why(properties={}, context={"userAgent": agent}) == BOT


def test_of_an_endless_user_agent_the_beginning_is_looked_at() -> None:
    is_known_bot.cache_clear()
    for end in "ab":
        assert OURS.why(properties={}, context={"userAgent": BROWSERS[0] + 30_000 * "x" + end}) == ""
    assert is_known_bot.cache_info().currsize == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"domain": "ours.example"}, INTERNAL),
        ({"domain": "notours.example"}, ""),
        ({"context": {"page": {"url": "https://staging.ours.example/pricing"}}}, INTERNAL),
        ({"properties": {"url": "https://staging.ours.example/"}}, INTERNAL),
        ({"properties": {"url": "https://ours.example/"}}, ""),
        ({"context": {"ip": "192.0.2.250"}}, INTERNAL),
        ({"context": {"ip": "192.0.3.1"}}, ""),
        ({"context": {"ip": "2001:db8:0::7"}}, INTERNAL),
        ({"context": {"ip": "not an address"}}, ""),
        ({"context": {"ip": 7, "userAgent": None, "page": []}, "properties": {"url": "http://["}}, ""),
        ({"properties": {"internal": True}}, INTERNAL),
        ({"properties": {"internal": False}}, ""),
        ({"domain": "ours.example", "context": {"userAgent": BOTS[0]}}, BOT),
    ],
)
def test_our_own_people_are_known_by_domain_host_address_or_property(said: dict[str, Any], why: str) -> None:
    assert OURS.why(**{"properties": {}, "context": {}, **said}) == why


def test_without_rules_nothing_is_left_out() -> None:
    assert Traffic().why(properties={}, context={"userAgent": BOTS[0]}, domain="ours.example") == ""


@pytest.fixture
def company(db: None) -> Account:
    return create_account(name="Acme", domain="acme.example")


def said(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "userId": "u-1", "context": {"traits": {"email": "ann@acme.example"}, **event.get("context", {})}}


def points() -> int | None:
    rescore_until_done()
    return CenterState.objects.get().points_micro


@pytest.mark.django_db
def test_their_events_are_kept_and_counted_and_give_nothing(company: Account) -> None:
    TrafficRule.objects.create(kind=INTERNAL, field="property", property_name="internal", value="true")
    Sender().batch(
        said(page("/pricing", messageId="m-1", timestamp=days_ago(1), context={"userAgent": BOTS[0]})),
        said(page("/pricing", messageId="m-2", timestamp=days_ago(1), properties={"internal": True})),
        track("Demo Requested", messageId="m-3", anonymousId="a-1", context={"userAgent": BOTS[1]}),
    )
    found = dict(Touch.objects.values_list("message_id", "ignored"))
    assert found == {"m-1": "bot", "m-2": "internal", "m-3": "bot"}
    counts = IngestCount.objects.values_list("received", "accepted", "bots", "internal").get()
    assert counts == (3, 3, 2, 1)
    assert (points(), Transition.objects.filter(kind="hand_raise").count()) == (0, 0)
    Sender("other").batch(
        said(page("/pricing", messageId="m-4", timestamp=days_ago(1), context={"userAgent": BROWSERS[0]}))
    )
    assert points() > 0


@pytest.mark.django_db
def test_rows_of_files_go_the_same_way(company: Account) -> None:
    TrafficRule.objects.create(kind=INTERNAL, field="domain", value="acme.example")
    imported("Date,Event,Email\n2026-11-01,Webinar Attended,ann@acme.example\n", kind="touches")
    assert Touch.objects.get().ignored == "internal"
    assert IngestCount.objects.values_list("accepted", "bots", "internal").get() == (1, 0, 1)


@pytest.mark.django_db
def test_a_new_rule_is_applied_to_the_past_and_taken_back(company: Account) -> None:
    Sender().batch(said(page("/pricing", messageId="m-1", timestamp=days_ago(1))))
    wrong = Touch.objects.create(
        **{**Touch.objects.values().get(), "id": None, "message_id": "m-w", "ignored": "wrong"}
    )
    before = points()
    rule = TrafficRule.objects.create(kind=INTERNAL, field="domain", value="acme.example")
    request_remapping(by=None)
    work_step()
    assert (Touch.objects.get(message_id="m-1").ignored, points()) == ("internal", 0)
    assert PastReading.objects.get(ignored="").touch_id != wrong.pk
    rule.is_active = False
    rule.save()
    request_remapping(by=None)
    work_step()
    assert (Touch.objects.get(message_id="m-1").ignored, points()) == ("", before)
    wrong.refresh_from_db()
    assert wrong.ignored == "wrong"


@pytest.fixture
def operations(client: Client, db: None) -> Client:
    client.force_login(desk.user("marketing_ops"))
    return client


def test_the_page_adds_rules_and_stops_using_them(operations: Client) -> None:
    TrafficRule.objects.all().delete()
    form = {"kind": "internal", "field": "domain", "value": "https://www.Acme.example/", "do": "save"}
    assert operations.post("/data/traffic/", form)["Location"] == "/data/traffic/"
    rule = TrafficRule.objects.get()
    assert (rule.kind, rule.field, rule.value, rule.is_active) == ("internal", "domain", "acme.example", True)
    assert "acme.example" in operations.get("/data/traffic/").content.decode()
    operations.post(f"/data/traffic/{rule.pk}/active/", {"active": "no"})
    rule.refresh_from_db()
    assert rule.is_active is False


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"field": "ip", "value": "300.1.1.1"}, "Write an address like"),
        ({"field": "domain", "value": "nonsense"}, "like acme.com"),
        ({"field": "property", "value": "true"}, "Say which property"),
        ({"field": "user_agent", "value": "x"}, "So short a word"),
        ({"field": "known", "value": "some list"}, "The list is called crawler-user-agents"),
    ],
)
def test_a_rule_that_can_t_be_meant_is_refused(operations: Client, form: dict[str, str], words: str) -> None:
    before = TrafficRule.objects.count()
    answer = operations.post("/data/traffic/", {"kind": "internal", **form})
    assert (answer.status_code, TrafficRule.objects.count()) == (422, before)
    assert words in answer.content.decode()


def test_the_events_page_shows_them_alone(operations: Client, company: Account) -> None:
    Sender().batch(
        page("/seen-by-a-bot", messageId="m-1", anonymousId="a", context={"userAgent": BOTS[0]}),
        page("/seen-by-a-person", messageId="m-2", anonymousId="b"),
    )
    text = operations.get("/data/events/", {"ignored": "bot"}).content.decode()
    assert "/seen-by-a-bot" in text
    assert "/seen-by-a-person" not in text


@pytest.mark.django_db
def test_a_visitor_who_turns_out_to_be_a_colleague_gives_nothing_from_the_first_page_on(company: Account) -> None:
    TrafficRule.objects.create(kind=INTERNAL, field="domain", value="acme.example")
    sender = Sender()
    sender.batch(
        page("/pricing", messageId="m-1", anonymousId="a-1", timestamp=days_ago(2)),
        page("/pricing", messageId="m-2", anonymousId="a-2", timestamp=days_ago(2)),
        page("/pricing", messageId="m-3", userId="u-7", timestamp=days_ago(2)),
    )
    sender.batch(identify("u-1", "ann@acme.example", anonymousId="a-1"), identify("u-7", "bob@acme.example"))
    found = dict(Touch.objects.values_list("message_id", "ignored"))
    assert (found, points()) == ({"m-1": "internal", "m-2": "", "m-3": "internal"}, 0)
    past = set(PastReading.objects.values_list("touch_id", "ignored"))
    assert past == {(pk, "") for pk in Touch.objects.filter(ignored="internal").values_list("pk", flat=True)}
    request_remapping(by=None)
    work_step()
    assert dict(Touch.objects.values_list("message_id", "ignored")) == found


@pytest.mark.django_db
def test_two_who_are_one_colleague_give_nothing(company: Account) -> None:
    TrafficRule.objects.create(kind=INTERNAL, field="domain", value="acme.example")
    Sender().batch(
        page("/pricing", messageId="m-1", userId="u-old", timestamp=days_ago(2)),
        identify("u-new", "ann@acme.example"),
        {"type": "alias", "previousId": "u-old", "userId": "u-new"},
    )
    assert (Touch.objects.get().ignored, points()) == ("internal", 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "proxies", "said", "why"),
    [
        ({"origin": "https://acme.example"}, 0, {}, INTERNAL),
        ({}, 0, {}, ""),
        ({"origin": "https://acme.example"}, 0, {"ip": "192.0.2.1"}, ""),
        ({"origin": "https://acme.example", "x-forwarded-for": "127.0.0.1"}, 1, {}, INTERNAL),
        ({"origin": "https://acme.example", "x-forwarded-for": "127.0.0.1, 192.0.2.1"}, 1, {}, ""),
        ({"origin": "https://acme.example", "x-forwarded-for": "127.0.0.1, 192.0.2.1"}, 2, {}, INTERNAL),
        ({"origin": "https://acme.example"}, 1, {}, ""),
        ({"origin": "https://acme.example", "x-forwarded-for": "unknown"}, 1, {}, ""),
    ],
)
def test_a_browser_s_address_is_its_context_s_where_it_says_none(
    settings: Any, headers: dict[str, str], proxies: int, said: dict[str, str], why: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    TrafficRule.objects.create(kind=INTERNAL, field="ip", value="127.0.0.0/8")
    sent = page("/pricing", messageId="m-1", anonymousId="a", context=said)
    assert Sender().post("page", sent, **headers).status_code == 200
    assert Touch.objects.get().ignored == why
    assert Sender("again").post("batch", {"batch": [sent]}, **headers).status_code == 200
    assert set(Touch.objects.values_list("ignored", flat=True)) == {why}


def test_a_rule_is_tried_on_the_latest_events_before_it_is_saved(operations: Client, company: Account) -> None:
    Sender().batch(
        said(page("/pricing", messageId="m-1")),
        page("/docs", messageId="m-2", anonymousId="b", context={"userAgent": BOTS[0]}),
        page("/blog", messageId="m-3", anonymousId="b"),
    )
    before = list(TrafficRule.objects.values())
    form = {"kind": "internal", "field": "domain", "value": "acme.example", "do": "try"}
    text = operations.post("/data/traffic/", form).content.decode()
    assert "would have matched <b>1</b> of the last 3 events" in text
    assert "counts → internal" in text
    text = operations.post("/data/traffic/", {**form, "kind": "bot", "field": "user_agent", "value": "googlebot"})
    assert "stays a bot’s" in text.content.decode()
    assert operations.post("/data/traffic/", {**form, "field": "ip", "value": "x"}).status_code == 422
    assert (list(TrafficRule.objects.values()), Touch.objects.filter(ignored="internal").count()) == (before, 0)
