"""Opportunities that no MQA stands behind: from partners, tenders and customers who want more, for reports to compare.

A few follow a burst that the model blocked: reports show which gate it was.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounts.models import Account
from accounts.record_ids import completed
from handoff.demo import talk
from handoff.demo.desk import Desk
from handoff.demo.moves import deal_size
from handoff.demo.scripts import LOSSES
from handoff.models import Opportunity

SHARE = 0.05
BLOCKED_SHARE = 0.1
WON_SHARE = 0.19


def other_deals(desk: Desk, *, without: set[int], blocked: dict[int, dt.datetime]) -> list[Opportunity]:
    """Deals of the past year at a twentieth of the accounts, none of them in `without`, and with a third of the customers.

    `blocked`: accounts with a burst that did not qualify, and when it ended.
    """
    rng = desk.rng
    accounts = Account.objects.exclude(pk__in=without).select_related("owner_ae").order_by("pk")
    found: list[Opportunity] = []
    for account in accounts:
        chance = rng.random()
        if account.lifecycle == "customer":
            if chance < 0.35:
                found.append(_deal(desk, account, len(found), expansion=True))
        elif account.lifecycle == "prospect" and account.country != "Belarus":
            if account.pk in blocked:
                if chance < BLOCKED_SHARE:
                    found.append(_deal(desk, account, len(found), expansion=False, after=blocked[account.pk]))
            elif chance < SHARE:
                found.append(_deal(desk, account, len(found), expansion=False))
    return Opportunity.objects.bulk_create(found)


def _deal(
    desk: Desk, account: Account, number: int, *, expansion: bool, after: dt.datetime | None = None
) -> Opportunity:
    rng = desk.rng
    created = desk.now - dt.timedelta(days=rng.randint(4, 380), minutes=rng.randint(0, 600))
    if after is not None:
        created = min(after + dt.timedelta(days=rng.randint(4, 75)), desk.now - dt.timedelta(days=1))
    closing = created + dt.timedelta(days=min(240.0, rng.lognormvariate(4.1, 0.5)))
    amount = (deal_size(desk, account.employees) * Decimal(rng.choice((60, 75, 90, 100))) / 100).quantize(
        Decimal("0.01")
    )
    deal = Opportunity(
        account=account,
        name=f"{account.name} {'expansion' if expansion else rng.choice(talk.DEALS)}",
        amount=amount,
        currency="USD",
        owner=account.owner_ae or desk.staff["tom" if account.region == "EMEA" else "elena"],
        created_at=created,
        expected_close_on=(created + dt.timedelta(days=75)).date(),
        system="salesforce",
        external_id=completed(f"006NB{number:010}"),
    )
    if closing > desk.now:
        if not expansion:
            desk.becomes(account, "opportunity", created)
        return deal
    deal.closed_on = closing.date()
    if rng.random() < (0.55 if expansion else WON_SHARE):
        deal.stage = Opportunity.Stage.WON
        if not expansion:
            desk.becomes(account, "customer", closing, since=closing.date())
    else:
        deal.stage = Opportunity.Stage.LOST
        key = rng.choices([name for name, _ in LOSSES], [weight for _, weight in LOSSES])[0]
        deal.loss_reason = desk.reasons["loss", key].label
    return deal
