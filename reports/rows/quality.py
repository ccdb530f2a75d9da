"""The rows behind score bands and the gates that blocked buyers."""

from collections.abc import Mapping

from reports import quality
from reports.made import Made
from reports.period import Period
from reports.rows.base import Row, Rows, Unknown, day, pick, yes

_LOWS = [str(low) for low in range(0, quality.BANDS * quality.BAND_WIDTH, quality.BAND_WIDTH)]


def scored(period: Period, asks: Mapping[str, str]) -> Rows:
    """Accounts by the score of their first decision: of a `band`, blocked at a gate (`block`, or none), that `bought`.

    `at_least`: a whole score.
    """
    band = pick(asks, "band", ("", *_LOWS))
    block, bought = asks.get("block", ""), pick(asks, "bought", ("", "yes"))
    least = asks.get("at_least", "")
    if least and not least.isdecimal():
        raise Unknown("at_least")
    found = [
        one
        for one in quality.scored_accounts(period)
        if (not least or one.score >= int(least))
        and (not band or quality.band_of(one.score) == int(band))
        and (not block or one.block == ("" if block == "none" else block))
        and (not bought or one.bought)
    ]
    return Rows(
        "Accounts by their first decision",
        ("Decided", "Score", "Blocked at", "Opportunity within 90 days", "Won"),
        Made(found, _row),
    )


def _row(one: quality.Scored) -> Row:
    cells = (day(one.at), f"{one.score:.1f}", one.block or "none", yes(one.converted), yes(one.bought))
    return Row(one.account_id, one.account, cells)
