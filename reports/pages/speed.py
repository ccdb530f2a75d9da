"""The page of speed and SLA: clocks kept and missed, acceptance, reasons."""

from datetime import datetime

from reports import drawn, sla
from reports.period import Period
from reports.shapes import Bar, Bars, Cell, Column, Figure, Section, Table, share_text
from reports.statistics import Share

CLOCKS = {"claim": "Claim", "outreach": "First outreach", "decision": "Decision", "answer": "AE answer"}
BARS = 12
ACTIONS = {"return": "Returned", "recycle": "Recycled", "disqualify": "Disqualified", "lose": "Lost"}


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:  # noqa: ARG001 - pages are called alike
    """All cards of the page."""
    moved, moved_before = sla.reasons(period), sla.reasons(before) if before else None
    return [
        clocks(period, before),
        _acceptance(period, before, moved, moved_before),
        _reasons(moved, moved_before),
    ]


def clocks(period: Period, before: Period | None) -> Section:
    """Clocks kept, by person."""
    rows, earlier = sla.clocks_both(period, before) if before else (sla.clocks(period), None)
    kept_before = {(row.clock, row.person_id): share_text(row.kept_share) for row in earlier or ()}
    return Section(
        key="sla",
        title="Clocks kept",
        definition="A clock ends with the move that it waits for, and starts anew with each claim, pass, return and change "
        "of hands (that of the claim not by a release). Late: its breach was recorded before. Running late: the breach is in "
        "the period and nothing has ended that clock yet.",
        figures=[
            Figure(
                CLOCKS[clock],
                Cell(share_text(_kept(rows, clock)), "clock", {"clock": clock}),
                before=share_text(_kept(earlier, clock)) if earlier is not None else "",
            )
            for clock in CLOCKS
        ],
        charts=drawn.clocks(CLOCKS, rows),
        table=Table(
            [
                Column("Clock"),
                Column("Person"),
                Column("In time", "number"),
                Column("Late", "number"),
                Column("Running late", "number"),
                Column("Kept"),
                *([Column("Kept before", was="Kept")] if before else []),
            ],
            [
                (
                    CLOCKS.get(row.clock, row.clock),
                    row.person,
                    _clock(row, "kept", f"{row.kept:,}"),
                    _clock(row, "late", f"{row.late:,}"),
                    _clock(row, "running", f"{row.running_late:,}"),
                    _clock(row, "", share_text(row.kept_share)),
                    *([kept_before.get((row.clock, row.person_id), "–")] if before else []),
                )
                for row in rows
            ],
        ),
    )


def reasons(period: Period, before: Period | None) -> Section:
    """Reasons given."""
    return _reasons(sla.reasons(period), sla.reasons(before) if before else None)


def _acceptance(
    period: Period, before: Period | None, moved: list[sla.ReasonCount], moved_before: list[sla.ReasonCount] | None
) -> Section:
    return Section(
        key="acceptance",
        title="SDR → AE",
        definition="Of the passes that an AE answered in the period, the share accepted; by who passed and who "
        "answered.",
        figures=[
            Figure(
                "Accepted",
                Cell(share_text(sla.acceptance(moved)), "answers"),
                before=share_text(sla.acceptance(moved_before)) if moved_before is not None else "",
            )
        ],
        table=_pairs(sla.pairs(period), sla.pairs(before) if before else None),
    )


def _reasons(moved: list[sla.ReasonCount], moved_before: list[sla.ReasonCount] | None) -> Section:
    given = [row for row in moved if row.action in ACTIONS]
    most_given = sorted(given, key=lambda row: -row.count)
    times_before = {(row.action, row.reason_id): row.count for row in moved_before or ()}
    return Section(
        key="reasons",
        title="Reasons",
        definition="Every return, recycle, disqualification and loss of the period by the reason given, undone ones "
        "left out.",
        chart=Bars(
            "Reasons",
            [Bar(f"{ACTIONS[row.action]}: {row.reason}", row.count, f"{row.count:,}") for row in most_given[:BARS]],
        )
        if given
        else None,
        table=Table(
            [
                Column("Move"),
                Column("Reason"),
                Column("Times", "number"),
                *([Column("Times before", "number", was="Times")] if moved_before is not None else []),
            ],
            [
                (
                    ACTIONS[row.action],
                    row.reason,
                    Cell(f"{row.count:,}", "moves", {"action": row.action, "reason": row.reason_id or "none"}),
                    *([f"{times_before.get((row.action, row.reason_id), 0):,}"] if moved_before is not None else []),
                )
                for row in given
            ],
        ),
    )


def _pairs(found: list[sla.Pair], earlier: list[sla.Pair] | None) -> Table:
    was = {(one.sdr_id, one.ae_id): share_text(one.share) for one in earlier or ()}
    return Table(
        [
            Column("SDR"),
            Column("AE"),
            Column("Accepted", "number"),
            Column("Returned", "number"),
            Column("Share accepted"),
            *([Column("Share before", was="Share accepted")] if earlier is not None else []),
        ],
        [
            (
                one.sdr,
                one.ae,
                _answers(one, "accept", f"{one.accepted:,}"),
                _answers(one, "return", f"{one.returned:,}"),
                _answers(one, "", share_text(one.share)),
                *([was.get((one.sdr_id, one.ae_id), "–")] if earlier is not None else []),
            )
            for one in found
        ],
        empty="No AE answered a pass in this period.",
    )


def _answers(one: sla.Pair, action: str, text: str) -> Cell:
    return Cell(text, "answers", {"sdr": one.sdr_id or "nobody", "ae": one.ae_id or "nobody", "action": action})


def _kept(rows: list[sla.Clock], clock: str) -> Share:
    mine = [row for row in rows if row.clock == clock]
    return Share(sum(row.kept for row in mine), sum(row.kept + row.late + row.running_late for row in mine))


def _clock(row: sla.Clock, how: str, text: str) -> Cell:
    return Cell(text, "clock", {"clock": row.clock, "how": how, "person": row.person_id or "nobody"})
