"""The rules by which a new installation reads events (domain.md §8, "The starter catalogue"): plain rows. Pure.

In this order, the first that matches wins: what is most special stands first, "any other page" last.
"""

from typing import Literal, NamedTuple

# As people read them on pages; the rows that decide scoring are in `starter_types`.
TYPE_NAMES: dict[str, str] = {
    "pricing_page": "Pricing page",
    "demo_request": "Demo request",
    "contact_request": "Contact request",
    "comparison": "Comparison",
    "trial_started": "Trial started",
    "roi_calculator": "ROI calculator",
    "webinar_attended": "Webinar attended",
    "event_attended": "Event attended",
    "case_study": "Case study",
    "content_download": "Content download",
    "product_page": "Product page",
    "email_reply": "E-mail reply",
    "webinar_registered": "Webinar registration",
    "email_click": "E-mail click",
    "email_open": "E-mail open",
    "blog_page": "Blog or resource page",
    "page_other": "Other page",
    "call": "Call",
    "email_sent": "E-mail sent",
    "message_sent": "Message sent",
    "meeting_held": "Meeting held",
    "unmapped": "Unmapped event",
}


class StarterRule(NamedTuple):
    """A row of MappingRule."""

    type_key: str
    field: Literal["event", "path"]
    match: Literal["is", "starts_with"]
    value: str
    property_name: str = ""
    property_value: str = ""


# Names under which forms tools send what a form is called.
_FORM_PROPERTIES = ("form", "form_name", "form_id")


def _event(type_key: str, *names: str) -> list[StarterRule]:
    return [StarterRule(type_key, "event", "is", name) for name in names]


def _page(type_key: str, *paths: str) -> list[StarterRule]:
    return [StarterRule(type_key, "path", "starts_with", path) for path in paths]


def _form(type_key: str, word: str) -> list[StarterRule]:
    return [StarterRule(type_key, "event", "is", "Form Submitted", name, word) for name in _FORM_PROPERTIES]


STARTER_RULES: tuple[StarterRule, ...] = (
    *_event("demo_request", "Demo Requested"),
    *_event("contact_request", "Contact Requested"),
    *_form("demo_request", "demo"),
    *_form("contact_request", "contact"),
    *_event("comparison", "Comparison Viewed"),
    *_event("trial_started", "Trial Started", "Signed Up"),
    *_event("roi_calculator", "ROI Calculated"),
    *_event("webinar_attended", "Webinar Attended"),
    *_event("event_attended", "Event Attended"),
    *_event("case_study", "Case Study Downloaded"),
    *_event("content_download", "Content Downloaded", "Whitepaper Downloaded"),
    *_event("email_reply", "Email Replied"),
    *_event("webinar_registered", "Webinar Registered"),
    *_event("email_click", "Email Link Clicked"),
    *_event("email_open", "Email Opened"),
    *_event("meeting_held", "Meeting Held"),
    *_page("pricing_page", "/pricing"),
    *_page("comparison", "/compare", "/vs"),
    *_page("case_study", "/customers", "/case-studies"),
    *_page("product_page", "/product", "/features", "/solutions", "/integrations"),
    *_page("blog_page", "/blog", "/resources"),
    *_page("page_other", "/"),
)
