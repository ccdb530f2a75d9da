"""Does the model work: bands, lift, AUC, the gates that blocked buyers, a suggested threshold."""

from collections.abc import Sequence
from datetime import datetime

from reports import drawn, quality
from reports.period import Period
from reports.shapes import Cell, Column, Figure, Section, Table, Told, share_text, waiting_text

GATES = {"": "None: it qualified"}


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:
    """All cards of the page."""
    rows, earlier = (
        quality.outcomes_both(period, before, now=now) if before else (quality.outcomes(period, now=now), None)
    )
    threshold = quality.suggested_threshold(rows)
    blocks = quality.blocks_of_buyers(rows)
    was = quality.blocks_of_buyers(earlier) if earlier is not None else None
    return [
        bands(rows, earlier),
        Section(
            key="threshold",
            title="Suggested threshold",
            definition="The score that parts accounts that converted from those that did not best (highest Youden's J = "
            "share caught − share of false alarms). It suggests; a person decides.",
            figures=[
                Figure(
                    "Score",
                    Cell(f"{threshold[0]}", "scored", {"at_least": threshold[0]}) if threshold else "–",
                    _youden(rows, threshold),
                    before=_before(earlier) if earlier is not None else "",
                )
            ],
        ),
        Section(
            key="blocks",
            title="What blocked accounts that later bought",
            definition="Of the accounts of the period that won within the window: the gate that blocked them at their "
            "first decision.",
            table=Table(
                [
                    Column("Blocked at"),
                    Column("Accounts", "number"),
                    *([Column("Before", "number", was="Accounts")] if was is not None else []),
                ],
                [
                    (
                        GATES.get(block, block.title()),
                        Cell(f"{blocks.get(block, 0):,}", "scored", {"block": block or "none", "bought": "yes"}),
                        *([f"{was.get(block, 0):,}"] if was is not None else []),
                    )
                    for block in blocks | (was or {})
                ],
                empty="No account of this period has bought yet.",
            ),
        ),
    ]


def _youden(rows: Sequence[quality.Alike], threshold: tuple[int, float] | None) -> str:
    of_all = quality.overall(rows)
    return f"J {threshold[1]:.2f}, from {of_all.part:,} that converted of {of_all.whole:,}" if threshold else ""


def _before(rows: Sequence[quality.Alike]) -> str | Cell:
    threshold = quality.suggested_threshold(rows)
    if threshold is None:
        return "–"
    return Cell(f"{threshold[0]} ({_youden(rows, threshold)})", "scored", {"at_least": threshold[0]}, before=True)


def bands(rows: Sequence[quality.Alike], earlier: Sequence[quality.Alike] | None) -> Section:
    """Conversion by score band, of the accounts of a period and of one to compare it with."""
    found, was = quality.bands(rows), quality.bands(earlier) if earlier is not None else None
    waiting = quality.waiting(rows)
    return Section(
        key="bands",
        title="Conversion by score",
        definition="Accounts by the score of their first decision in the period, and the share with an opportunity "
        "created within 90 days after it. Lift: that share over the share of all. AUC: the chance that an account "
        "that converted had the higher score; 0.5 is chance. Intervals are at 95 %: Wilson's, and Newcombe's of the AUC.",
        figures=[
            Figure(
                "Accounts",
                Cell(f"{quality.count(rows):,}", "scored"),
                waiting_text(waiting),
                before=f"{quality.count(earlier):,}" if earlier is not None else "",
            ),
            Figure("AUC", Cell(_area(rows), "scored"), before=_area(earlier) if earlier is not None else ""),
        ],
        charts=drawn.shares(
            "bands",
            "Conversion by score band with 95 % intervals; the dashed line is the share of all",
            [(_band(band), band.share, was[place].share if was else None) for place, band in enumerate(found)],
            overall=quality.overall(rows),
        ),
        table=Table(
            [
                Column("Score"),
                Column("Converted"),
                Column("Lift"),
                Column("Order"),
                *([Column("Converted before", was="Converted")] if was else []),
            ],
            [
                (
                    _band(band),
                    Cell(share_text(band.share), "scored", {"band": band.low}),
                    _lift(band),
                    "worse than a lower band" if band.out_of_order else "",
                    *([share_text(was[place].share)] if was else []),
                )
                for place, band in enumerate(found)
            ],
        ),
        warnings=["A band converts worse than one below it: the score does not order these accounts."]
        if any(band.out_of_order for band in found)
        else [],
    )


def _area(rows: Sequence[quality.Alike]) -> str:
    found = quality.area_under_curve(rows)
    if found is None:
        return "– (none converted, or all)"
    area, interval = found
    of_all = quality.overall(rows)
    return f"{area:.3f} ({of_all.part:,} of {of_all.whole:,} converted; {interval[0]:.2f} to {interval[1]:.2f})"


def _lift(band: quality.Band) -> str:
    if band.lift is None or band.lift_interval is None:
        return "–"
    low, high = band.lift_interval
    values = zip(("", "low", "high"), (round(value, 4) for value in (band.lift, low, high)), strict=True)
    return Told(f"{band.lift:.2f} ({low:.2f} to {high:.2f})", *values)


def _band(band: quality.Band) -> str:
    return f"{band.low} to {band.low + quality.BAND_WIDTH}"
