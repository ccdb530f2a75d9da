"""Facts as ingestion leaves them, for tests of rescoring: short to write, exact to read."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.companies import create_account
from accounts.models import Account, BuyingCenter, Contact, Source
from accounts.people import create_contact
from signals.models import IntentSignal, IntentTopic, Theme, ThemeRule, Touch, TouchType
from signals.starter_types import STARTER_TYPES

# The evaluations of these tests take place here, in the middle of a UTC day.
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
_numbers = count(1)


def touch_type(key: str) -> TouchType:
    """A touch type of the starter catalogue."""
    row = next(row for row in STARTER_TYPES if row.key == key)
    found, _ = TouchType.objects.get_or_create(
        key=key,
        defaults={
            "name": key,
            "tier": row.tier,
            "direction": row.direction,
            "default_minutes": row.minutes,
            "hand_raise": row.hand_raise,
            "decision_stage": row.decision_stage,
        },
    )
    return found


def theme(key: str = "integrations") -> Theme:
    """A theme that a rule names, so that themes are set up."""
    found, made = Theme.objects.get_or_create(key=key, defaults={"name": key.capitalize(), "created_at": ago(400)})
    if made:
        ThemeRule.objects.create(theme=found, field="path", match="contains", value=key, created_at=ago(400))
    return found


def ago(days: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of the day that many days before NOW's."""
    day = NOW.date() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def account(name: str = "", **fields: Any) -> Account:
    """An account with its default center and history from a year before NOW."""
    return create_account(name=name or f"Company {next(_numbers)}", at=ago(365), **fields)


def contact(of: Account, seniority: str = "manager", **fields: Any) -> Contact:
    """A person of that seniority, known for a year."""
    return create_contact(account=of, seniority=seniority, at=ago(365), **fields)


def whole(of: Account) -> BuyingCenter:
    """The default center."""
    return BuyingCenter.objects.get(account=of, is_default=True)


def touch(
    of: Account, who: Contact | None, key: str, at: datetime, *, about: Theme | None = None, **fields: Any
) -> Touch:
    """One touch as accepted a second after it happened."""
    kind = touch_type(key)
    number = next(_numbers)
    source, _ = Source.objects.get_or_create(name="Site")
    received = fields.pop("received_at", at + timedelta(seconds=1))
    values = {
        "account": of,
        "contact": who,
        "touch_type": kind,
        "theme": about,
        "minutes": kind.default_minutes,
        "source": source,
        "message_id": f"m{number}",
        "occurred_at": at,
        "received_at": received,
        "known_from": received,
        "kind": "track",
        "visitor": "" if who else f"v{number}",
    }
    return Touch.objects.create(**(values | fields))


def intent(
    of: Account, composite: float, on: date, *, about: Theme | None = None, topic: str = "Data integration"
) -> None:
    """One signal as received on its day."""
    row, _ = IntentTopic.objects.get_or_create(name=topic, defaults={"theme": about})
    at = datetime(on.year, on.month, on.day, 6, tzinfo=UTC)
    IntentSignal.objects.create(
        account=of,
        domain="example.com",
        topic=row,
        provider="bombora",
        composite=composite,
        observed_on=on,
        received_at=at,
    )


def worked_example(*, without: Iterable[str] = (), name: str = "Northwind", **fields: Any) -> Account:
    """domain.md §4's worked example, as facts on NOW, less the legs named."""
    left_out = set(without)
    about = theme()
    company = account(name, is_target=True, **fields)
    manager, director, vp = (contact(company, seniority) for seniority in ("manager", "director", "vp"))
    themed = None if "theme" in left_out else about
    if "others" not in left_out:
        touch(company, manager, "case_study", ago(6), about=themed)
        touch(company, director, "webinar_attended", ago(4), about=themed)
    touch(company, vp, "pricing_page", ago(2))
    touch(company, vp, "pricing_page", ago(1))
    touch(company, vp, "product_page", ago(1, 10), about=themed)
    if "intent" not in left_out:
        intent(company, 80, NOW.date() - timedelta(days=3), about=about)
    return company
