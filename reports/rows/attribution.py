"""The rows behind credits: the touches with their share, and the opportunities."""

from collections.abc import Mapping

from reports import attributed, keys
from reports.made import Made
from reports.pages.attribution import read_options
from reports.period import Period
from reports.rows.base import Row, Rows, day, money, pick


def credits_of(period: Period, asks: Mapping[str, str]) -> Rows:
    """Touches credited to a channel, campaign or stakeholder (`key`), with the page's options."""
    options, key = read_options(asks), asks.get("key", "")
    found = attributed.touch_credits(period, options, key)
    return Rows(
        f"Touches behind a credit: {attributed.MODELS[options.model]} by {keys.BY[options.by].lower()}",
        ("Touch", "Channel", "Campaign", "Opportunity", "Amount", "Credit"),
        Made(found, _credit_row),
    )


def _credit_row(one: attributed.TouchCredit) -> Row:
    cells = (
        f"{one.at:%Y-%m-%d %H:%M} UTC", one.channel, one.campaign, one.deal.name,
        money(one.deal.amount, one.deal.currency), money(one.amount, one.deal.currency),
    )  # fmt: skip
    return Row(one.deal.account_id, one.deal.account, cells)


def credited(period: Period, asks: Mapping[str, str]) -> Rows:
    """The opportunities whose amounts are credited; those without any touch (`untouched`: yes) or with one; those of a `key`."""
    which = {"": None, "yes": True, "no": False}
    untouched, key = which[pick(asks, "untouched", which)], asks.get("key", "")
    found = attributed.deals_of(period, read_options(asks), untouched=untouched, key=key)
    return Rows(
        "Opportunities without any touch" if untouched else "Opportunities that are credited",
        ("Opportunity", "Created", "Closed", "Amount"),
        Made(
            found,
            lambda deal: Row(
                deal.account_id,
                deal.account,
                (deal.name, day(deal.created_at), day(deal.closed_on), money(deal.amount, deal.currency)),
            ),
        ),
    )
