"""How events are read by the starter catalogue and by rules of one's own. No database."""

from decimal import Decimal
from typing import Any

import pytest

from signals.reading import Reading, RuleRow, Rules, Seen, ThemeRuleRow, TypeRow, minutes_of, squeeze
from signals.starter_rules import STARTER_RULES, TYPE_NAMES
from signals.starter_types import STARTER_TYPES

IDS = {row.key: number for number, row in enumerate(STARTER_TYPES, start=1)}
TYPES = [TypeRow(IDS[row.key], row.key, Decimal(row.minutes), row.hand_raise) for row in STARTER_TYPES]
STARTER = [
    RuleRow(row.field, row.match, row.value, IDS[row.type_key], row.property_name, row.property_value)
    for row in STARTER_RULES
]
THEMES = [(1, "integrations", "Integrations"), (2, "data-security", "Data security")]


def rules(*more: RuleRow, theme_rules: tuple[ThemeRuleRow, ...] = ()) -> Rules:
    return Rules(TYPES, [*more, *STARTER], theme_rules, THEMES, archived=[("old", "Old theme")])


def seen(name: str = "", path: str = "", kind: str = "", **more: Any) -> Seen:
    return Seen(kind or ("page" if path else "track"), name, path, more.get("properties", {}), more.get("context", {}))


def read(event: Seen, *more: RuleRow, theme_rules: tuple[ThemeRuleRow, ...] = ()) -> Reading:
    return rules(*more, theme_rules=theme_rules).read(event)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Demo Requested", "demo_request"),
        ("demo_requested", "demo_request"),
        ("demoRequested", "demo_request"),
        ("DEMO-REQUESTED", "demo_request"),
        ("Contact Requested", "contact_request"),
        ("Comparison Viewed", "comparison"),
        ("Trial Started", "trial_started"),
        ("Signed Up", "trial_started"),
        ("ROI Calculated", "roi_calculator"),
        ("Webinar Attended", "webinar_attended"),
        ("Event Attended", "event_attended"),
        ("Case Study Downloaded", "case_study"),
        ("Content Downloaded", "content_download"),
        ("Whitepaper Downloaded", "content_download"),
        ("Email Replied", "email_reply"),
        ("Webinar Registered", "webinar_registered"),
        ("Email Link Clicked", "email_click"),
        ("Email Opened", "email_open"),
        ("Meeting Held", "meeting_held"),
        ("Form Submitted", "unmapped"),
        ("Button Clicked", "unmapped"),
    ],
)
def test_events_match_on_their_name(name: str, key: str) -> None:
    assert read(seen(name)).touch_type.key == key


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/pricing", "pricing_page"),
        ("/Pricing/enterprise", "pricing_page"),
        ("/compare/us-and-them", "comparison"),
        ("/vs-them", "comparison"),
        ("/customers/acme", "case_study"),
        ("/case-studies", "case_study"),
        ("/product", "product_page"),
        ("/products/x", "product_page"),
        ("/features", "product_page"),
        ("/solutions/it", "product_page"),
        ("/integrations/erp", "product_page"),
        ("/blog/post", "blog_page"),
        ("/resources", "blog_page"),
        ("/", "page_other"),
        ("/about/pricing", "page_other"),
    ],
)
def test_pages_match_on_their_path(path: str, key: str) -> None:
    assert read(seen("Some name", path)).touch_type.key == key


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({"form": "demo"}, "demo_request"),
        ({"form": "Request a Demo"}, "demo_request"),
        ({"formName": "requestDemo"}, "demo_request"),
        ({"form_id": "contact-us"}, "contact_request"),
        ({"form": "Contact"}, "contact_request"),
        ({"form": "newsletter"}, "unmapped"),
        ({"form": "democracy"}, "unmapped"),
        ({"form": ["x", "demo"]}, "demo_request"),
        ({"form": None}, "unmapped"),
    ],
)
def test_a_submitted_form_is_what_it_is_called(properties: dict[str, Any], key: str) -> None:
    assert read(seen("Form Submitted", properties=properties)).touch_type.key == key


def test_a_page_without_a_path_goes_by_its_name_and_a_track_event_never_by_its_page() -> None:
    assert read(seen("Pricing", kind="screen")).touch_type.key == "pricing_page"
    assert read(seen("Case Studies", kind="page")).touch_type.key == "case_study"
    assert read(seen("", kind="page")).touch_type.key == "page_other"
    assert read(Seen("track", "Button Clicked", "/pricing", {}, {})).touch_type.key == "unmapped"


def test_the_first_rule_that_holds_wins_and_names_what_it_will() -> None:
    mine = RuleRow(
        "path", "contains", "PRICING", IDS["comparison"], theme_id=2, channel="web", campaign="c", minutes=Decimal(7)
    )
    found = read(seen("", "/de/pricing/x", context={"campaign": {"name": "utm", "medium": "cpc"}}), mine)
    assert (found.touch_type.key, found.theme_id, found.channel, found.campaign, found.minutes) == (
        "comparison",
        2,
        "web",
        "c",
        Decimal(7),
    )


def test_matches_is_starts_with_and_contains() -> None:
    is_it = RuleRow("path", "is", "/docs/", IDS["case_study"])
    assert read(seen("", "/docs"), is_it).touch_type.key == "case_study"
    assert read(seen("", "/docs/x"), is_it).touch_type.key == "page_other"
    contains = RuleRow("event", "contains", "button", IDS["case_study"])
    assert read(seen("The Button-Clicked"), contains).touch_type.key == "case_study"
    plan = RuleRow("property", "is", "Enterprise", IDS["roi_calculator"], property_name="planName")
    assert read(seen("x", properties={"plan_name": " enterprise"}), plan).touch_type.key == "roi_calculator"
    assert read(seen("x", properties={}), plan).touch_type.key == "unmapped"


def test_minutes_are_measured_else_the_rules_else_the_types() -> None:
    assert read(seen("Webinar Attended")).minutes == Decimal(30)
    assert read(seen("Webinar Attended", properties={"minutes": 12.345})).minutes == Decimal("12.34")
    assert read(seen("Webinar Attended", properties={"durationSeconds": "90"})).minutes == Decimal("1.50")


@pytest.mark.parametrize(
    ("properties", "minutes"),
    [
        ({"minutes": -1}, None),
        ({"minutes": 1e300}, Decimal(1440)),
        ({"minutes": 10**400}, None),
        ({"minutes": True}, None),
        ({"minutes": "long"}, None),
        ({"minutes": float("nan")}, None),
        ({"minutes": 100_000}, Decimal(1440)),
        ({"minutes": {}}, None),
        ({"duration": 5}, None),
        ({"minutes": 0}, Decimal("0.00")),
    ],
)
def test_minutes_that_cannot_be_meant_are_left_out(properties: dict[str, Any], minutes: Decimal | None) -> None:
    assert minutes_of(properties) == minutes


def test_the_theme_is_named_by_the_event_else_the_rule_else_theme_rules() -> None:
    path = ThemeRuleRow(2, "path", "starts_with", "/integrations")
    event = ThemeRuleRow(1, "event", "contains", "webinar")
    assert read(seen("", "/integrations"), theme_rules=(path,)).theme_id == 2
    assert read(seen("Webinar Attended"), theme_rules=(path, event)).theme_id == 1
    assert read(Seen("track", "x", "/integrations/a", {}, {}), theme_rules=(path,)).theme_id == 2
    named = read(seen("", "/integrations", properties={"topic": "INTEGRATIONS"}), theme_rules=(path,))
    assert (named.theme_id, named.theme_name) == (1, "")
    assert read(seen("x", properties={"Theme": "data_security"})).theme_id == 2
    new = read(seen("x", properties={"theme": "Billing"}), theme_rules=(path,))
    assert (new.theme_id, new.theme_name) == (None, "Billing")
    gone = read(seen("", "/integrations", properties={"theme": "old"}), theme_rules=(path,))
    assert (gone.theme_id, gone.theme_name) == (None, "")
    topic = ThemeRuleRow(1, "topic", "contains", "x")
    assert read(seen("x"), theme_rules=(topic,)).theme_id is None


@pytest.mark.parametrize(
    ("context", "properties", "expected"),
    [
        ({"campaign": {"name": "Spring", "source": "google", "medium": "cpc"}}, {}, ("Spring", "cpc")),
        ({"campaign": {"name": "Spring", "source": "google"}}, {}, ("Spring", "google")),
        ({"campaign": "Spring"}, {}, ("Spring", "")),
        ({"campaign": 5}, {}, ("", "")),
        ({}, {"url": "https://a.b/?utm_campaign=Fall&utm_medium=email"}, ("Fall", "email")),
        ({"page": {"search": "?utm_campaign=Fall&utm_source=x"}}, {}, ("Fall", "x")),
        ({"page": "x"}, {"url": "http://[utm_"}, ("", "")),
        ({"campaign": {"name": "n" * 200, "medium": "m" * 90}}, {}, ("n" * 120, "m" * 40)),
    ],
)
def test_campaign_and_channel(context: dict[str, Any], properties: dict[str, Any], expected: tuple[str, str]) -> None:
    found = read(seen("x", context=context, properties=properties))
    assert (found.campaign, found.channel) == expected


def test_every_type_of_the_catalogue_has_a_name_and_every_rule_a_type() -> None:
    assert set(TYPE_NAMES) == set(IDS)
    assert {row.type_key for row in STARTER_RULES} <= set(IDS)
    assert squeeze("ROI Calculated") == "roicalculated"
