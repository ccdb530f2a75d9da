"""The one cluster that gates 2 to 4 look at (domain section 4). Pure: frames in, frames out.

A span is `cluster_days` consecutive days that begin on a day with a touch (any touch that is not of an excluded contact)
and whose last day with a touch lies within the last `recent_days`. The one that counts passes most of gates 2 to 4 in
order, then has most person-days, then ends (so: begins) latest. Days are offsets within the reach of a span: the last
one, `reach - 1`, is the day of `as_of`.

Most centers are settled by the span with most person-days: it passes all three gates, or not even the first, or no span
could pass the second. Only the others have all their spans measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from signals.frames import Facts
from signals.points import Touches, lookup, micro, places
from signals.scoring_config import EXECUTIVES, Gates, ScoringConfig


@dataclass(frozen=True)
class Activity:
    """`rows`: one row a touch of a center on a day that a span can reach: c, contact_id, person, theme_id, offset,
    occurred_at, decision, inbound, micro. `engaged`: attributes of contacts for gate 3.
    """

    rows: pl.DataFrame
    contacts: pl.DataFrame
    gates: Gates
    themes_set_up: bool
    people: int  # numbers of persons lie below it

    @property
    def reach(self) -> int:
        """Days between the earliest day a span can begin on and the day of `as_of`, both included."""
        return self.gates.recent_days + self.gates.cluster_days - 1


def by_center(rows: pl.DataFrame, centers: pl.DataFrame) -> pl.DataFrame:
    """Rows with `account_id` and `named`, repeated for each center `c` that they belong to."""
    default = centers.filter("is_default")
    place = places(default["account_id"], rows["account_id"])
    whole = rows.with_columns(default["c"].gather(place)).filter(pl.col("c").is_not_null()).drop("named")
    if centers.height == default.height:
        return whole
    part = rows.filter(pl.col("named").is_not_null()).rename({"named": "c"})
    return pl.concat([whole, part.select(whole.columns)])


def activity(touches: Touches, facts: Facts, centers: pl.DataFrame, config: ScoringConfig) -> Activity:
    """The touches that spans are made of."""
    gates = config.gates
    reach = gates.recent_days + gates.cluster_days - 1
    recent = touches.rows.filter(pl.col("age") < min(reach, config.lookback_days)).select(
        "account_id",
        "named",
        "contact_id",
        "person",
        "theme_id",
        "occurred_at",
        "micro",
        offset=(reach - 1 - pl.col("age")).cast(pl.Int64),
        decision=lookup(touches.catalogue.decision, pl.col("code")),
        inbound=lookup(touches.catalogue.inbound, pl.col("code")),
    )
    contacts = facts.contacts.select(
        "contact_id", "department", "persona_id", executive=pl.col("seniority").is_in(EXECUTIVES)
    )
    highest = recent["person"].max()
    return Activity(
        rows=by_center(recent, centers),
        contacts=contacts,
        gates=gates,
        themes_set_up=facts.themes_set_up,
        people=1 + (highest if isinstance(highest, int) else 0),
    )


def spans(found: Activity) -> pl.DataFrame:
    """Every span: `c`, `first` and `last` (offsets of its first and last day with a touch), `person_days`."""
    reach = found.reach
    place = pl.col("c").cast(pl.Int64) * reach + pl.col("offset")
    people = found.people
    # Sorting whole numbers and dropping repeats is quicker than hashing them, here by half.
    days = distinct(found.rows.select(key=place).to_series()).to_frame("place")
    active = found.rows.filter("inbound", pl.col("micro") > 0).select(key=place * people + pl.col("person")).to_series()
    person_days = (
        distinct(active).to_frame("place").group_by(pl.col("place") // people).agg(person_days=pl.len().cast(pl.Int64))
    )
    days = days.join(person_days, on="place", how="left", maintain_order="left")
    days = days.with_columns(pl.col("person_days").fill_null(0), first=pl.col("place") % reach)
    # Where the span ends among the sorted days: its last day with a touch.
    ends = days["place"] - days["first"] + (days["first"] + found.gates.cluster_days - 1).clip(upper_bound=reach - 1)
    end = days["place"].search_sorted(ends, side="right").cast(pl.Int64) - 1
    total = days["person_days"].cum_sum()
    return days.select(
        "first",
        c=(pl.col("place") // reach).cast(pl.UInt32),
        last=days["first"].gather(end),
        person_days=total.gather(end) - total + pl.col("person_days"),
    )


def person_bar(gates: Gates) -> int:
    """Millionths of points from which a person counts for gate 3; who has none in the span never does."""
    return max(1, micro(gates.min_person_points))


def distinct(keys: pl.Series) -> pl.Series:
    """The keys in order, each once."""
    ordered = keys.sort()
    return ordered.filter((ordered != ordered.shift(1)).fill_null(True))


def choose(found: Activity, every: pl.DataFrame) -> pl.DataFrame:
    """The span that counts, one row a center that has any, with what gates 2 to 4 measure in it.

    Columns: c, first, last, person_days, people, departments, personas, executives, theme_id, theme_micro, themed_micro (all
    points outside decision-stage touches), all_themes_micro (of those, the ones on any theme), decision_micro, and passed
    (how many of the gates, in order).
    """
    reach, gates = found.reach, found.gates
    recent = every.filter(pl.col("last") >= reach - gates.recent_days)
    rank = (pl.col("person_days") * reach + pl.col("first")) * reach + pl.col("last")
    top = (
        recent.group_by("c")
        .agg(rank=rank.max())
        .select(
            "c",
            first=pl.col("rank") // reach % reach,
            last=pl.col("rank") % reach,
            person_days=pl.col("rank") // (reach * reach),
        )
    )
    top = measured(top, found)
    undecided = top.filter(pl.col("passed").is_between(1, 2)).select("c")
    if undecided.is_empty():
        return top
    able = _able_people(found, undecided)
    undecided = able.select("c").unique()
    if undecided.is_empty():
        return top
    others = recent.filter(pl.col("person_days") >= gates.cluster_person_days).join(undecided, on="c", how="semi")
    sums = found.rows.filter(pl.col("micro") > 0).join(able, on=["c", "contact_id"], how="semi")
    people = (
        window_sums(others, sums.select("c", "offset", "micro", key="contact_id"), found)
        .filter(pl.col("micro") >= person_bar(gates))
        .group_by("c", "first")
        .len("people")
        .filter(pl.col("people") >= gates.min_contacts)
    )
    others = others.join(people, on=["c", "first"])
    if others.is_empty():
        return top
    others = theme_sums(others, found).with_columns(passed=passed(gates, themes_set_up=found.themes_set_up))
    best = (
        others.sort("passed", "person_days", "first", descending=True)
        .unique("c", keep="first", maintain_order=True)
        .select("c", "first", "last", "person_days")
    )
    return pl.concat([top.join(best, on="c", how="anti"), measured(best, found)])


def measured(chosen: pl.DataFrame, found: Activity) -> pl.DataFrame:
    """Spans (c, first, person_days), one a center, with what gates 2 to 4 measure in them."""
    rows = inside(chosen, found.rows, found.gates)
    bar = person_bar(found.gates)
    people = (
        people_inside(rows)
        .filter(pl.col("micro") >= bar)
        .join(found.contacts.lazy(), on="contact_id", how="left")
        .group_by("c")
        .agg(
            people=pl.len().cast(pl.Int64),
            departments=pl.col("department").drop_nulls().n_unique().cast(pl.Int64),
            personas=pl.col("persona_id").drop_nulls().n_unique().cast(pl.Int64),
            executives=pl.col("executive").sum().cast(pl.Int64),
        )
    )
    themes = themes_inside(rows)
    themed = pl.col("theme_id").is_not_null()
    totals = themes.group_by("c").agg(
        themed_micro=pl.when(~pl.col("decision")).then("micro").otherwise(0).sum(),
        decision_micro=pl.when("decision").then("micro").otherwise(0).sum(),
        all_themes_micro=pl.when(themed).then("micro").otherwise(0).sum(),
    )
    leading = (
        themes.filter(themed)
        .sort("micro", "last_touched", "theme_id", descending=[True, True, False])
        .unique("c", keep="first", maintain_order=True)
        .select("c", "theme_id", theme_micro="micro")
    )
    counts = ("people", "departments", "personas", "executives")
    sums = ("themed_micro", "decision_micro", "all_themes_micro", "theme_micro")
    rows_with_all = (
        chosen.lazy()
        .join(people, on="c", how="left")
        .join(totals, on="c", how="left")
        .join(leading, on="c", how="left")
        .with_columns(pl.col(*counts, *sums).fill_null(0))
    )
    return rows_with_all.with_columns(passed=passed(found.gates, themes_set_up=found.themes_set_up)).collect()


def passed(gates: Gates, *, themes_set_up: bool) -> pl.Expr:
    """How many of gates 2 to 4, in order, a span passes with its `person_days`, `people` and sums of points by theme."""
    cluster = pl.col("person_days") >= gates.cluster_person_days
    spread = pl.col("people") >= gates.min_contacts
    direction = direction_passes(gates, themes_set_up=themes_set_up)
    return cluster.cast(pl.Int8) * (1 + spread.cast(pl.Int8) * (1 + direction.cast(pl.Int8)))


def direction_passes(gates: Gates, *, themes_set_up: bool) -> pl.Expr:
    """Gate 4 over `theme_micro`, `themed_micro`, `decision_micro`."""
    if not themes_set_up:
        return pl.lit(True)
    return (theme_share() >= gates.min_theme_share) | evaluation_only()


def theme_share() -> pl.Expr:
    """Share of the leading theme in the points outside decision-stage touches; 0 where there are none."""
    total = pl.col("themed_micro")
    return pl.when(total > 0).then(pl.col("theme_micro") / total).otherwise(0.0)


def evaluation_only() -> pl.Expr:
    """All points of the span come from decision-stage touches."""
    return (pl.col("themed_micro") == 0) & (pl.col("decision_micro") > 0)


def window_sums(spans: pl.DataFrame, rows: pl.DataFrame, found: Activity) -> pl.DataFrame:
    """Points by key in many spans of a center: `c`, `first`, `key`, `micro`, from rows of `c`, `offset`, `key`, `micro`.

    Each key's days are summed up once, in a table of all days; a span's sum is the difference of two of those sums.
    """
    wanted = spans.select("c").unique()
    rows = rows.join(wanted, on="c", how="semi")
    heaps = rows.select("c", "key").unique().sort("c", "key").with_row_index("heap")
    # A day more on each side, so that no span reaches into the next key.
    width = found.reach + found.gates.cluster_days
    table = pl.col("heap").cast(pl.Int64) * width + 1
    daily = (
        rows.join(heaps, on=["c", "key"], nulls_equal=True)
        .group_by(place=table + pl.col("offset"))
        .agg(pl.col("micro").sum())
    )
    cells = pl.repeat(0, heaps.height * width + 1, dtype=pl.Int64, eager=True)
    upto = cells.scatter(daily["place"], daily["micro"]).cum_sum()
    pairs = spans.select("c", "first").join(heaps, on="c", maintain_order="left")
    begin = pairs.select(table + pl.col("first") - 1).to_series()
    sums = upto.gather(begin + found.gates.cluster_days) - upto.gather(begin)
    return pairs.select("c", "first", "key", micro=sums)


def theme_sums(spans: pl.DataFrame, found: Activity) -> pl.DataFrame:
    """What gate 4 needs of many spans: theme_micro, themed_micro, decision_micro."""
    # Themes are numbered from 2; 0 is a decision-stage touch, 1 has no theme.
    themes = found.rows["theme_id"].drop_nulls().unique().sort()
    number = pl.lit(themes).search_sorted(pl.col("theme_id")).cast(pl.Int64) + 2
    key = pl.when("decision").then(0).when(pl.col("theme_id").is_null()).then(1).otherwise(number)
    rows = found.rows.filter(pl.col("micro") > 0).select("c", "offset", "micro", key=key)
    sums = (
        window_sums(spans, rows, found)
        .group_by("c", "first")
        .agg(
            theme_micro=pl.when(pl.col("key") > 1).then("micro").otherwise(0).max(),
            themed_micro=pl.when(pl.col("key") > 0).then("micro").otherwise(0).sum(),
            decision_micro=pl.when(pl.col("key") == 0).then("micro").otherwise(0).sum(),
        )
    )
    return spans.join(sums, on=["c", "first"], how="left").with_columns(
        pl.col("theme_micro", "themed_micro", "decision_micro").fill_null(0)
    )


def _able_people(found: Activity, undecided: pl.DataFrame) -> pl.DataFrame:
    """Known people with points enough over the whole reach, of centers that have enough of them: `c`, `contact_id`."""
    able = (
        found.rows.filter(pl.col("contact_id").is_not_null(), pl.col("micro") > 0)
        .join(undecided, on="c", how="semi")
        .group_by("c", "contact_id")
        .agg(pl.col("micro").sum())
        .filter(pl.col("micro") >= person_bar(found.gates))
    )
    enough = able.group_by("c").len().filter(pl.col("len") >= found.gates.min_contacts)
    return able.join(enough, on="c", how="semi").select("c", "contact_id")


def inside(chosen: pl.DataFrame, rows: pl.DataFrame, gates: Gates) -> pl.DataFrame:
    """The rows that give points inside one span a center. Decision-stage touches belong to no theme: theirs is null."""
    highest = rows["c"].max()
    if chosen.is_empty() or not isinstance(highest, int):
        return rows.clear()
    firsts = pl.repeat(None, highest + 1, dtype=pl.Int64, eager=True)
    chosen = chosen.filter(pl.col("c") <= highest)
    firsts = firsts.scatter(chosen["c"], chosen["first"])
    since = pl.col("offset") - pl.lit(firsts).gather(pl.col("c"))
    return rows.filter(pl.col("micro") > 0, since.is_between(0, gates.cluster_days - 1)).with_columns(
        theme_id=pl.when(~pl.col("decision")).then("theme_id")
    )


def people_inside(rows: pl.DataFrame) -> pl.LazyFrame:
    """Known people by rows of `inside`: `c`, `contact_id`, `micro`."""
    known = rows.lazy().filter(pl.col("contact_id").is_not_null())
    return known.group_by("c", "contact_id").agg(pl.col("micro").sum())


def themes_inside(rows: pl.DataFrame) -> pl.LazyFrame:
    """Points by theme by rows of `inside`: `c`, `decision`, `theme_id`, `micro`, `last_touched` (a moment)."""
    return (
        rows.lazy()
        .group_by("c", "decision", "theme_id")
        .agg(pl.col("micro").sum(), last_touched=pl.col("occurred_at").max())
    )


def open_spans(found: Activity, every: pl.DataFrame) -> pl.LazyFrame:
    """The span with most person-days among those that still hold the day of `as_of`: `c`, `open_first`, `open_person_days`."""
    first = found.reach - found.gates.cluster_days
    return (
        every.lazy()
        .filter(pl.col("first") >= first)
        .unique("c", keep="first", maintain_order=True)
        .select("c", open_first="first", open_person_days="person_days")
    )
