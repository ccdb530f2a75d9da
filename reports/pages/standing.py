"""The card of Account Engagement Scores."""

from reports import drawn, standing
from reports.period import Period
from reports.shapes import Cell, Column, Figure, Section, Table, share_text


def section(period: Period, before: Period | None = None) -> Section:
    """The distribution of scores, target accounts beside all others; and how it was at the end of the period before."""
    stood, *rest = standing.spreads(period, before)
    earlier = rest[0] if rest else None
    found = {key: one for key, one in stood.of.items() if period.segment in ("", key)}
    was = {key: earlier.of[key] for key in found} if earlier else {}
    return Section(
        key="standing",
        title="Account Engagement Score",
        definition="How accounts stood at the end of the last day, or stand today: the share of all centers with points that had "
        "fewer, and half of those with as many, counted at the start of each day (100 is the most engaged). Accounts without "
        "points have no score." + _counted(stood, earlier),
        figures=[
            figure
            for key in found
            for figure in (
                Figure(
                    f"Median, {standing.SEGMENTS[key].lower()}",
                    _opens(_median(found[key]), key),
                    _quartiles(found[key]),
                    before=_median(was[key]) if was else "",
                ),
                Figure(
                    f"Without points, {standing.SEGMENTS[key].lower()}",
                    _opens(f"{found[key].without:,}", key, without="yes"),
                    before=f"{was[key].without:,}" if was else "",
                ),
            )
        ],
        charts=drawn.standings(
            [(_band(band), [one.share(band) for one in found.values()]) for band in standing.BANDS],
            [standing.SEGMENTS[key] for key in found],
        ),
        table=Table(
            [
                Column("Score"),
                *(
                    column
                    for key in found
                    for column in (
                        Column(standing.SEGMENTS[key]),
                        *([Column(f"{standing.SEGMENTS[key]} before", was=standing.SEGMENTS[key])] if was else []),
                    )
                ),
            ],
            [
                (
                    _band(band),
                    *(
                        cell
                        for key, one in found.items()
                        for cell in (
                            _opens(share_text(one.share(band)), key, band=str(band)),
                            *([share_text(was[key].share(band))] if was else []),
                        )
                    ),
                )
                for band in standing.BANDS
            ]
            if any(one.scored for one in (*found.values(), *was.values()))
            else [],
            empty="No account had points yet.",
        ),
        folded=any(one.scored for one in found.values()),
        warnings=_missing(stood, earlier),
    )


def _counted(stood: standing.Spreads, earlier: standing.Spreads | None) -> str:
    days = [f"{one.day:%b %d, %Y}" for one in (stood, earlier) if one and one.day]
    return f" Here: as counted on {', before on '.join(days)}." if stood.day else ""


def _missing(stood: standing.Spreads, earlier: standing.Spreads | None) -> list[str]:
    """Where a figure is not kept, that it is not."""
    if stood.day is None:
        return ["Scores are kept from the day on which the desk first compared accounts, and these days are before it."]
    if earlier and earlier.day is None:
        return [
            "Scores are kept from the day on which the desk first compared accounts: there are none of the days before."
        ]
    return []


def _opens(text: str, segment: str, **asks: str) -> Cell:
    return Cell(text, "standing", {"of": segment} | asks)


def _band(band: int) -> str:
    return f"{band} to {band + standing.WIDTH}"


def _median(one: standing.Spread) -> str:
    if one.quartiles is None:
        return "– (none)"
    return f"{one.quartiles[1]:.0f} ({one.scored:,} account{'' if one.scored == 1 else 's'})"


def _quartiles(one: standing.Spread) -> str:
    return f"half of them from {one.quartiles[0]:.0f} to {one.quartiles[2]:.0f}" if one.quartiles else ""
