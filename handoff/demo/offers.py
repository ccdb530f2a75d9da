"""What Northbeam has on offer to look at, click and attend, and the campaigns that bring people there. Pure data.

Themes, names and paths agree with the theme rules of `handoff.demo.catalogue` and with the starter mapping rules, so that the
same event sent through the HTTP door would be read the same.
"""

from __future__ import annotations

import random
from typing import NamedTuple

THEMES: dict[str, str] = {
    "integrations": "Integrations",
    "migration": "ERP migration",
    "automation": "Process automation",
    "analytics": "Analytics",
    "security": "Security and compliance",
}
# Path words by which pages belong to a theme.
PATH_WORDS: dict[str, tuple[str, ...]] = {
    "integrations": ("integration", "connector", "ipaas"),
    "migration": ("migration", "s4hana"),
    "automation": ("automation", "workflow"),
    "analytics": ("analytics", "data-pipeline"),
    "security": ("security", "compliance"),
}


class Offer(NamedTuple):
    """One thing to do: an event with a name, or a page with a path."""

    type: str
    name: str
    path: str = ""
    minutes: tuple[int, int] = (1, 1)
    detail: tuple[str, str] | None = None

    @property
    def kind(self) -> str:
        """How it is sent: pages by page(), the rest by track()."""
        return "page" if self.path else "track"


def _theme(product: str, blog: str, case: str, paper: str, webinar: str) -> dict[str, tuple[Offer, ...]]:
    return {
        "product_page": (
            Offer("product_page", "Product", f"/product/{product}", (1, 4)),
            Offer("product_page", "Solutions", f"/solutions/{product}-for-enterprise", (1, 5)),
        ),
        "blog_page": (Offer("blog_page", "Blog", f"/blog/{blog}", (1, 3)),),
        "case_study": (
            Offer("case_study", "Case Study Downloaded", minutes=(8, 15), detail=("title", case)),
            Offer("case_study", "Customers", f"/customers/{product}-{case.partition(' ')[0].lower()}", (3, 8)),
        ),
        "content_download": (
            Offer("content_download", "Whitepaper Downloaded", minutes=(6, 14), detail=("title", paper)),
        ),
        "webinar_registered": (Offer("webinar_registered", "Webinar Registered", detail=("title", webinar)),),
        "webinar_attended": (
            Offer("webinar_attended", "Webinar Attended", minutes=(22, 55), detail=("title", webinar)),
        ),
        "event_attended": (Offer("event_attended", "Event Attended", minutes=(25, 60), detail=("title", webinar)),),
        "comparison": (Offer("comparison", "Compare", f"/compare/{product}-platforms", (2, 6)),),
        "roi_calculator": (Offer("roi_calculator", "ROI Calculated", minutes=(4, 9)),),
        "email_click": (Offer("email_click", "Email Link Clicked", detail=("title", webinar)),),
        "email_reply": (Offer("email_reply", "Email Replied", minutes=(2, 4)),),
    }


ON_THEME: dict[str, dict[str, tuple[Offer, ...]]] = {
    "integrations": _theme(
        "integrations", "integration-debt-costs", "Harbor carrier network", "The integration maturity report",
        "SAP connectors in an hour",
    ),
    "migration": _theme(
        "erp-migration", "s4hana-without-downtime", "Milltown ERP move", "Nine months to S/4HANA",
        "ERP migration clinic",
    ),
    "automation": _theme(
        "workflow-automation", "order-to-cash-automation", "Bakery order desk", "Automation that audits itself",
        "Process automation workshop",
    ),
    "analytics": _theme(
        "analytics", "analytics-on-live-data", "Grid operator dashboards", "From events to decisions",
        "Live analytics without a warehouse",
    ),
    "security": _theme(
        "security", "security-of-api-traffic", "Clinic access audit", "Compliance for integration teams",
        "Zero trust for integrations",
    ),
}  # fmt: skip

NO_THEME: dict[str, tuple[Offer, ...]] = {
    "pricing_page": (Offer("pricing_page", "Pricing", "/pricing", (1, 6)),),
    "trial_started": (Offer("trial_started", "Trial Started", minutes=(8, 25)),),
    "demo_request": (Offer("demo_request", "Demo Requested", minutes=(5, 5)),),
    "contact_request": (Offer("contact_request", "Contact Requested", minutes=(5, 5)),),
    "page_other": (
        Offer("page_other", "Home", "/"),
        Offer("page_other", "About", "/about", (1, 2)),
        Offer("page_other", "Careers", "/careers", (1, 4)),
        Offer("page_other", "Docs", "/docs/quickstart", (1, 9)),
        Offer("page_other", "Status", "/status"),
    ),
    "blog_page": (
        Offer("blog_page", "Blog", "/blog/release-notes", (1, 3)),
        Offer("blog_page", "Resources", "/resources/glossary", (1, 2)),
    ),
    "product_page": (Offer("product_page", "Features", "/features", (1, 3)),),
    "case_study": (Offer("case_study", "Customers", "/customers", (1, 4)),),
    "content_download": (Offer("content_download", "Content Downloaded", minutes=(4, 10), detail=("title", "Year in review")),),
    "webinar_registered": (Offer("webinar_registered", "Webinar Registered", detail=("title", "Northbeam Forum")),),
    "webinar_attended": (Offer("webinar_attended", "Webinar Attended", minutes=(20, 45), detail=("title", "Northbeam Forum")),),
    "comparison": (Offer("comparison", "Compare", "/compare", (1, 5)),),
    "email_open": (Offer("email_open", "Email Opened", minutes=(0, 0), detail=("title", "Newsletter")),),
    "email_click": (Offer("email_click", "Email Link Clicked", detail=("title", "Newsletter")),),
    "email_sent": (Offer("email_sent", "Email Sent", detail=("title", "Intro")),),
    "call": (Offer("call", "Call", minutes=(3, 14)),),
    "unmapped": (
        Offer("unmapped", "Workspace Invited", minutes=(0, 0)),
        Offer("unmapped", "Sandbox Reset", minutes=(0, 0)),
        Offer("unmapped", "Partner Badge Viewed", minutes=(0, 0)),
        Offer("unmapped", "Roadmap Vote Cast", minutes=(0, 0)),
    ),
}  # fmt: skip


class Campaign(NamedTuple):
    """A campaign with its channel, its theme (None: all) and the days of its life, counted back from today."""

    name: str
    channel: str
    theme: str | None
    first_day: int
    last_day: int


CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign("Integration maturity report", "linkedin", "integrations", 400, 250),
    Campaign("SAP connector week", "email", "integrations", 260, 120),
    Campaign("Connect everything", "paid-search", "integrations", 200, 0),
    Campaign("S/4HANA deadline", "linkedin", "migration", 330, 90),
    Campaign("ERP migration clinic", "webinar", "migration", 180, 0),
    Campaign("Order desk on autopilot", "paid-search", "automation", 390, 160),
    Campaign("Automation workshops", "event", "automation", 170, 0),
    Campaign("Live analytics tour", "webinar", "analytics", 360, 60),
    Campaign("Dashboards for grid operators", "linkedin", "analytics", 120, 0),
    Campaign("Zero trust briefing", "email", "security", 380, 100),
    Campaign("Audit-ready integrations", "partner", "security", 150, 0),
    Campaign("Northbeam Forum", "event", None, 300, 270),
    Campaign("Newsletter", "email", None, 420, 0),
    Campaign("Brand search", "paid-search", None, 420, 0),
)
_OWN_CHANNEL = {
    "email_open": "email", "email_click": "email", "email_reply": "email", "email_sent": "outbound", "call": "outbound",
    "webinar_registered": "webinar", "webinar_attended": "webinar", "event_attended": "event",
}  # fmt: skip
_UNPAID = (("organic", 46), ("direct", 30), ("referral", 14), ("partner", 10))


def offer(rng: random.Random, touch_type: str, theme: str | None) -> tuple[Offer, str | None]:
    """Something of this type, on the theme where there is such a thing; and the theme that it is read as."""
    if theme is not None and touch_type in ON_THEME[theme]:
        return rng.choice(ON_THEME[theme][touch_type]), theme
    return rng.choice(NO_THEME[touch_type]), None


def channel_and_campaign(rng: random.Random, touch_type: str, theme: str | None, days_ago: int) -> tuple[str, str]:
    """Where somebody came from that day: the type's own channel, a running campaign, or nothing that we paid for."""
    own = _OWN_CHANNEL.get(touch_type)
    if own == "outbound":
        return own, ""
    running = [
        campaign
        for campaign in CAMPAIGNS
        if campaign.last_day <= days_ago <= campaign.first_day
        and campaign.theme in (None, theme)
        and own in (None, campaign.channel)
    ]
    if running and rng.random() < (0.7 if own else 0.45 if theme else 0.2):
        campaign = rng.choice(running)
        return campaign.channel, campaign.name
    if own:
        return own, ""
    return rng.choices([name for name, _ in _UNPAID], [weight for _, weight in _UNPAID])[0], ""
