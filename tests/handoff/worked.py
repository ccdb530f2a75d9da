"""The worked example of domain.md §4 as rows, scored by the real scorer and brought into the queue."""

import datetime as dt
import uuid

from django.utils import timezone

from accounts.companies import create_account
from accounts.models import Account, Contact, Source
from accounts.people import create_contact
from handoff.models import Handoff
from handoff.process import process_transitions
from signals.models import IntentSignal, IntentTopic, Theme, ThemeRule, Touch, TouchType
from signals.rescore import rescore_until_done

PEOPLE = (
    ("Sofie", "Brandt", "Logistics Manager", "Logistics"),
    ("Marek", "Ilić", "Director of IT", "IT"),
    ("Dana", "Whitlock", "VP Operations", "Operations"),
)
STEPS = (
    (6, 0, "case_study", True),
    (4, 1, "webinar_attended", True),
    (2, 2, "pricing_page", False),
    (1, 2, "pricing_page", False),
    (1, 2, "product_page", True),
)


def company(name: str = "Halden Freight Systems", domain: str = "haldenfreight.com") -> Account:
    """A target account with its three people, their touches and intent at 80; not scored yet."""
    theme, _ = Theme.objects.get_or_create(key="integrations", defaults={"name": "integrations"})
    ThemeRule.objects.get_or_create(theme=theme, field="path", match="contains", value="integrations")
    topic, _ = IntentTopic.objects.get_or_create(name="iPaaS", defaults={"theme": theme})
    account = create_account(
        name=name, domain=domain, is_target=True, industry="Logistics", employees=1200, city="Rotterdam", source="page"
    )
    people = [
        create_contact(
            account=account,
            email=f"{first.lower()}@{domain}",
            first_name=first,
            last_name=last,
            title=title,
            department=department,
        )
        for first, last, title, department in PEOPLE
    ]
    for days, who, key, themed in STEPS:
        touch(account, people[who], key, days, theme=theme if themed else None)
    IntentSignal.objects.create(
        account=account,
        domain=domain,
        topic=topic,
        provider="bombora",
        composite=80,
        observed_on=timezone.now().astimezone(dt.UTC).date() - dt.timedelta(days=3),
    )
    return account


def touch(
    account: Account, person: Contact | None, key: str, days: int, *, theme: Theme | None = None, path: str = ""
) -> Touch:
    """A touch so many UTC days ago, early in the day."""
    source, _ = Source.objects.get_or_create(name="Website")
    today = timezone.now().astimezone(dt.UTC).date()
    at = dt.datetime.combine(today - dt.timedelta(days=days), dt.time(0, 0, 1), dt.UTC)
    kind = TouchType.objects.get(key=key)
    return Touch.objects.create(
        account=account,
        contact=person,
        touch_type=kind,
        theme=theme,
        minutes=kind.default_minutes,
        source=source,
        message_id=str(uuid.uuid4()),
        occurred_at=at,
        received_at=at,
        known_from=at,
        kind="page",
        name=kind.name,
        path=path,
    )


def settle() -> None:
    """Score what is due and act on what scoring said."""
    rescore_until_done()
    process_transitions()


def queued(**fields: str) -> Handoff:
    """The worked example, in the queue."""
    account = company(**fields)
    settle()
    return Handoff.objects.get(account=account)
