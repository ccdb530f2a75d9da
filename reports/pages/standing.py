"""The card of Account Engagement Scores."""

from reports import drawn, standing
from reports.period import Period
from reports.shapes import Cell, Column, Figure, Section, Table, share_text


def section(period: Period) -> Section:
    """The distribution of today's scores, target accounts beside all others."""
    found = {key: one for key, one in standing.spreads(period).items() if period.segment in ("", key)}
    return Section(
        key="standing",
        title="Account Engagement Score",
        definition="How accounts stand now, whatever days are chosen: the share of all centers with points that have fewer, "
        "and half of those with as many, counted at the start of each day (100 is the most engaged). Accounts without "
        "points have no score.",
        figures=[
            figure
            for key in found
            for figure in (
                Figure(f"Median, {standing.SEGMENTS[key].lower()}", _median(found[key], key), _quartiles(found[key])),
                Figure(
                    f"Without points, {standing.SEGMENTS[key].lower()}",
                    _opens(f"{found[key].without:,}", key, without="yes"),
                ),
            )
        ],
        charts=drawn.standings(
            [(_band(band), [one.share(band) for one in found.values()]) for band in standing.BANDS],
            [standing.SEGMENTS[key] for key in found],
        ),
        table=Table(
            [Column("Score"), *(Column(standing.SEGMENTS[key]) for key in found)],
            [
                (_band(band), *(_opens(share_text(one.share(band)), key, band=str(band)) for key, one in found.items()))
                for band in standing.BANDS
            ]
            if any(one.scored for one in found.values())
            else [],
            empty="No account has points yet.",
        ),
        folded=any(one.scored for one in found.values()),
    )


def _opens(text: str, segment: str, **asks: str) -> Cell:
    return Cell(text, "standing", {"of": segment} | asks)


def _band(band: int) -> str:
    return f"{band} to {band + standing.WIDTH}"


def _median(one: standing.Spread, key: str) -> Cell:
    said = (
        f"{one.quartiles[1]:.0f} ({one.scored:,} account{'' if one.scored == 1 else 's'})"
        if one.quartiles
        else "– (none)"
    )
    return _opens(said, key)


def _quartiles(one: standing.Spread) -> str:
    return f"half of them from {one.quartiles[0]:.0f} to {one.quartiles[2]:.0f}" if one.quartiles else ""
