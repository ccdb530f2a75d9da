"""Small companies with known outcomes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.companies import create_account
from accounts.models import Account, Contact, Source
from handoff.models import Handoff, Opportunity, RevenueEvent
from signals.models import Touch, TouchType

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def company(name: str, *, target: bool = False) -> Account:
    return create_account(name=name, domain=f"{name.lower()}.com", is_target=target)


def mqa(account: Account, *, day: int = 0, accepted_after: float | None = None) -> Handoff:
    """An MQA that qualified `day` days after DAY and is closed, so that an account can have several."""
    qualified = DAY + timedelta(days=day)
    return Handoff.objects.create(
        center=account.centers.get(is_default=True),
        account=account,
        state="withdrawn",
        is_mqa=True,
        qualified_at=qualified,
        queued_at=qualified,
        closed_at=qualified + timedelta(days=200),
        accepted_at=None,
    )


def deal(
    account: Account,
    *,
    day: float,
    stage: str = "open",
    closed: date | None = None,
    amount: str | None = "1000.00",
    currency: str = "USD",
) -> Opportunity:
    return Opportunity.objects.create(
        account=account,
        name=f"{account.name} deal",
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        stage=stage,
        created_at=DAY + timedelta(days=day),
        closed_on=closed,
    )


def touch(
    account: Account,
    *,
    day: float,
    channel: str,
    campaign: str = "",
    kind: str = "pricing_page",
    contact: Contact | None = None,
    received: float | None = None,
) -> Touch:
    """Received when it happened, or on the day `received`."""
    source, _ = Source.objects.get_or_create(name="site")
    at = DAY + timedelta(days=day)
    known = at if received is None else DAY + timedelta(days=received)
    return Touch.objects.create(
        account=account,
        touch_type=TouchType.objects.get(key=kind),
        source=source,
        message_id=f"{account.pk}-{day}-{channel}",
        occurred_at=at,
        received_at=known,
        known_from=known,
        contact=contact,
        kind="page",
        channel=channel,
        campaign=campaign,
        minutes=2,
    )


def pays(
    account: Account, kind: str, amount: str, on: date, *, currency: str = "USD", opportunity: Opportunity | None = None
) -> RevenueEvent:
    return RevenueEvent.objects.create(
        account=account, kind=kind, amount=Decimal(amount), currency=currency, occurred_on=on, opportunity=opportunity
    )
