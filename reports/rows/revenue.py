"""The rows behind retention, lifetime value and revenue events."""

from collections.abc import Callable, Mapping

from reports import revenue
from reports.made import Made
from reports.period import Period
from reports.rows.base import Row, Rows, day, money, pick, yes

_HEADER = (
    "Began", "MQA-sourced", "A year at the start", "New", "Expansion", "Contraction", "Renewal", "Churn",
    "Lifetime value", "A year now",
)  # fmt: skip


def retained(period: Period, asks: Mapping[str, str]) -> Rows:
    """Customers who paid something at the start of the period, `of` a source and of a `currency`."""
    return _customers("Customers at the start of the period", period, asks, lambda one: one.at_start > 0)


def customers(period: Period, asks: Mapping[str, str]) -> Rows:
    """Customers who began in a quarter (`cohort`), `of` a source and of a `currency`."""
    cohort = asks.get("cohort", "")
    return _customers(
        f"Customers who began in {cohort or 'the period'}",
        period,
        asks,
        lambda one: one.started_on >= period.start and cohort in ("", one.cohort),
    )


def events(period: Period, asks: Mapping[str, str]) -> Rows:
    """Events of the period of a `kind`, `source` and `currency`."""
    kind = pick(asks, "kind", ("", *revenue.KINDS))
    source, currency = pick(asks, "of", ("", *revenue.SOURCES)), asks.get("currency", "")
    return Rows(
        f"Revenue events{f': {kind}' if kind else ''}",
        ("On", "Kind", "Amount a year", "Opportunity", "MQA-sourced"),
        Made(
            [
                one
                for one in revenue.events(period)
                if kind in ("", one.kind)
                and currency in ("", one.currency)
                and (not source or (source == "sourced") == one.sourced)
            ],
            _event_row,
        ),
    )


def _event_row(one: revenue.Event) -> Row:
    cells = (day(one.occurred_on), one.kind, money(one.amount, one.currency), one.opportunity, yes(one.sourced))
    return Row(one.account_id, one.account, cells)


def _customers(title: str, period: Period, asks: Mapping[str, str], keep: Callable[[revenue.Customer], bool]) -> Rows:
    source, currency = pick(asks, "of", ("", *revenue.SOURCES)), asks.get("currency", "")
    found = [
        one
        for one in revenue.customers(period)
        if keep(one) and currency in ("", one.currency) and source in ("", revenue.source_of(one))
    ]
    return Rows(title, _HEADER, Made(found, _customer_row))


def _customer_row(one: revenue.Customer) -> Row:
    amounts = (
        one.at_start, one.new, one.expansion, one.contraction, one.renewal, one.churn, one.lifetime, one.recurring,
    )  # fmt: skip
    cells = (day(one.started_on), yes(one.sourced), *(money(amount, one.currency) for amount in amounts))
    return Row(one.account_id, one.account, cells)
