"""What the demo's customers pay: from the deals they signed, renewed each year, grown, shrunk or ended; Europe in euros."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounts.models import Account
from handoff.demo.desk import Desk
from handoff.demo.moves import deal_size
from handoff.models import Opportunity, RevenueEvent

Kind = RevenueEvent.Kind
YEARS_OF_A_DEAL = 3
YEAR, QUARTER = dt.timedelta(days=365), dt.timedelta(days=91)
LONGEST_SHOWN_YEARS = 4


def revenue(desk: Desk) -> list[RevenueEvent]:
    """Events of every customer up to today, in the order in which customers began."""
    first: dict[int, Opportunity] = {}
    for won in Opportunity.objects.filter(stage="won").order_by("closed_on", "pk"):
        first.setdefault(won.account_id, won)
    found: list[RevenueEvent] = []
    today = desk.now.date()
    for account in Account.objects.filter(lifecycle="customer").order_by("pk"):
        deal: Opportunity | None = first.get(account.pk)
        start = (deal.closed_on if deal else None) or account.customer_since or today - YEAR
        if account.customer_since and account.customer_since < start:
            start, deal = account.customer_since, None
        start = max(start, today - YEAR * LONGEST_SHOWN_YEARS)
        found += _customer(desk, account, deal, start, today)
    for number, event in enumerate(found):
        event.system, event.external_id = "billing", f"mv-{number:06}"
    return RevenueEvent.objects.bulk_create(found)


def _customer(
    desk: Desk, account: Account, deal: Opportunity | None, start: dt.date, today: dt.date
) -> list[RevenueEvent]:
    rng = desk.rng
    currency = deal.currency if deal else "EUR" if account.region == "EMEA" else "USD"
    whole = deal.amount if deal and deal.amount else deal_size(desk, account.employees)
    pays = _rounded(whole / YEARS_OF_A_DEAL)
    found = [_event(account, deal, Kind.NEW, pays, currency, start)]
    day, quarter = start + QUARTER, 1
    while day < today:
        chance = rng.random()
        if quarter % 4 == 0:  # the year is over
            if chance < 0.13:
                return [*found, _event(account, None, Kind.CHURN, pays, currency, day)]
            if chance < 0.23:
                less = _rounded(pays * Decimal(rng.choice((10, 15, 25))) / 100)
                found.append(_event(account, None, Kind.CONTRACTION, less, currency, day))
                pays -= less
            found.append(_event(account, None, Kind.RENEWAL, pays, currency, day))
        elif chance < (0.16 if deal else 0.09):
            more = _rounded(pays * Decimal(rng.choice((10, 20, 20, 35, 50))) / 100)
            found.append(_event(account, None, Kind.EXPANSION, more, currency, day))
            pays += more
        day, quarter = day + QUARTER, quarter + 1
    return found


def _event(
    account: Account, deal: Opportunity | None, kind: str, amount: Decimal, currency: str, day: dt.date
) -> RevenueEvent:
    return RevenueEvent(account=account, opportunity=deal, kind=kind, amount=amount, currency=currency, occurred_on=day)


def _rounded(amount: Decimal) -> Decimal:
    return max(Decimal(100), Decimal(round(amount / 100) * 100))
