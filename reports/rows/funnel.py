"""The rows behind the funnel, conversion, velocity, win rate and deal size."""

from collections.abc import Callable, Mapping

from accounts.charts import bins_of
from reports import cohorts, funnel, inquiries, outcomes
from reports.made import Made
from reports.period import Period
from reports.rows.base import Row, Rows, day, money, pick, yes

_MQA = ("Qualified", "Accepted", "Opportunity", "Created", "Stage", "Closed")
_DEAL = ("Opportunity", "Created", "Stage", "Closed", "Amount", "Sourced by an MQA", "Target account")


def mqas(period: Period, asks: Mapping[str, str]) -> Rows:
    """MQAs that qualified in the period; those of them alone whose 90 days are `over` (yes)."""
    if not pick(asks, "over", ("", "yes")):
        return _mqas("MQAs that qualified in the period", period, lambda _: True)
    return _mqas("MQAs whose 90 days are over", period, lambda mqa: mqa.over)


def mqas_with_opportunity(period: Period, _: Mapping[str, str]) -> Rows:
    """Those of them with an opportunity within the window."""
    return _mqas("MQAs with an opportunity within 90 days", period, lambda mqa: mqa.created_at is not None)


def inquirers(period: Period, _: Mapping[str, str]) -> Rows:
    """Accounts with an inbound touch in the period."""
    return Rows(
        "Accounts with an inbound touch",
        ("Touches", "First", "Last"),
        Made(
            inquiries.inquirers(period),
            lambda one: Row(one[0], one[1], (one[2], day(one[3]), day(one[4]))),
        ),
    )


def path(period: Period, asks: Mapping[str, str]) -> Rows:
    """Accounts that a step (`step`) of a path (`path`) counts."""
    which, step = pick(asks, "path", funnel.PATHS), pick(asks, "step", funnel.STEPS)
    name = {"start": funnel.PATHS[which], "inquiry": f"{funnel.PATHS[which]} after an inquiry in the period"}.get(
        step, step
    )
    return Rows(
        f"{funnel.PATHS[which]} path: {name}",
        ("Started", "Accepted", "Opportunity", "Created", "Stage", "Closed"),
        Made(funnel.ways(which, step, period), _way_row),
    )


def _way_row(way: funnel.Way) -> Row:
    cells = (
        day(way.started_at), day(way.accepted_at), way.opportunity or "", day(way.created_at), way.stage or "",
        day(way.closed_on),
    )  # fmt: skip
    return Row(way.account_id, way.account, cells)


def velocity(period: Period, asks: Mapping[str, str]) -> Rows:
    """MQAs that a leg (`leg`) of the way measures, the fastest first; or those left out, whose days are `negative` (yes).

    Of the measured those of a `bin` of their histogram alone.
    """
    leg, negative = pick(asks, "leg", outcomes.LEGS), pick(asks, "negative", ("", "yes"))
    label, place = outcomes.LEGS[leg], list(outcomes.LEGS).index(leg)
    measured = [(value, mqa) for mqa in cohorts.qualified(period) if (value := mqa.days[place]) is not None]
    measured = [(value, mqa) for value, mqa in measured if (value < 0) == bool(negative)]
    measured.sort(key=lambda pair: (pair[0], pair[1].handoff_id))
    title = f"{label}: negative" if negative else label
    if asks.get("bin"):
        bins = bins_of([value for value, _ in measured]) if not negative else []
        low, high, _ = bins[int(pick(asks, "bin", map(str, range(len(bins)))))]
        measured = [pair for pair in measured if low <= pair[0] < high]
        title = f"{label}: {low:,.0f} to {high:,.0f} days"
    return Rows(
        title,
        ("Days", *_MQA),
        Made(measured, lambda pair: Row(pair[1].account_id, pair[1].account, (f"{pair[0]:.1f}", *_mqa_cells(pair[1])))),
    )


def closed(period: Period, asks: Mapping[str, str]) -> Rows:
    """Opportunities closed in the period, of a group (`group`), won or lost (`stage`; empty: both)."""
    group = pick(asks, "group", outcomes.GROUPS)
    stage = pick(asks, "stage", ("", "won", "lost"))
    label, belongs = outcomes.GROUPS[group]
    found = [deal for deal in cohorts.closed_deals(period) if belongs(deal) and stage in ("", deal.stage)]
    return Rows(f"{label}: {stage or 'won and lost'}", _DEAL, Made(found, deal_row))


def created(period: Period, _: Mapping[str, str]) -> Rows:
    """Opportunities created in the period."""
    return Rows("Opportunities created in the period", _DEAL, Made(cohorts.created_deals(period), deal_row))


def deal_row(deal: cohorts.Deal) -> Row:
    """An opportunity as a row."""
    return Row(
        deal.account_id,
        deal.account,
        (
            deal.name, day(deal.created_at), deal.stage, day(deal.closed_on), money(deal.amount, deal.currency),
            yes(deal.sourced), yes(deal.is_target),
        ),
    )  # fmt: skip


DEAL_HEADER = _DEAL


def _mqas(title: str, period: Period, keep: Callable[[cohorts.Mqa], bool]) -> Rows:
    found = [mqa for mqa in cohorts.qualified(period) if keep(mqa)]
    return Rows(title, _MQA, Made(found, lambda mqa: Row(mqa.account_id, mqa.account, _mqa_cells(mqa))))


def _mqa_cells(mqa: cohorts.Mqa) -> tuple[str, ...]:
    return (
        day(mqa.qualified_at), day(mqa.accepted_at), mqa.opportunity or "", day(mqa.created_at), mqa.stage or "",
        day(mqa.closed_on),
    )  # fmt: skip
