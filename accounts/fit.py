"""Fit and ICP status of many accounts at once (domain section 3, "Fit"). Pure: frames in, a frame out.

Text is compared without regard to case and surrounding space; a blank text is unknown, as is a technology field of an
account without any technology of that status. An unknown value meets nothing and excludes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl

from accounts.criteria import Criterion

MET_PREFIX = "met:"


def fit(
    accounts: pl.DataFrame, technologies: pl.DataFrame, criteria: Sequence[Criterion], *, min_fit: float
) -> pl.DataFrame:
    """One row an account: `account_id`, `fit` (0 to 100, 12 decimals), `icp` (in, out, unknown), and one Boolean column
    `met:<id>` a criterion: true, false, or null for an unknown value.
    """
    return standing(accounts, technologies, criteria).with_columns(icp=icp(min_fit)).drop(STANDING)


# What `icp` goes by, beside `fit`.
STANDING = ("best_fit", "excluded", "all_met", "may_be_met")


def standing(accounts: pl.DataFrame, technologies: pl.DataFrame, criteria: Sequence[Criterion]) -> pl.DataFrame:
    """`fit` before its bar: no `icp`, but `STANDING`: the fit were every unknown value met, whether an exclusion is met,
    whether all required criteria are, and whether they may be.
    """
    met = _criteria_met(accounts, technologies, criteria)
    scored = [criterion for criterion in criteria if criterion.kind == "scored"]
    total = sum(criterion.weight for criterion in scored)
    reached = _weight_where(scored, lambda column: column.fill_null(False))
    reachable = _weight_where(scored, lambda column: column.fill_null(True))
    required = [_met(criterion) for criterion in criteria if criterion.kind == "required"]
    exclusions = [_met(criterion) for criterion in criteria if criterion.kind == "exclusion"]
    no, yes = pl.lit(False), pl.lit(True)
    return met.with_columns(
        fit=(100.0 * reached / total).round(12) if scored else pl.lit(100.0),
        best_fit=(100.0 * reachable / total).round(12) if scored else pl.lit(100.0),
        excluded=pl.any_horizontal([column.fill_null(False) for column in exclusions]) if exclusions else no,
        all_met=pl.all_horizontal([column.fill_null(False) for column in required]) if required else yes,
        may_be_met=pl.all_horizontal([column.fill_null(True) for column in required]) if required else yes,
    )


def icp(min_fit: float) -> pl.Expr:
    """The ICP status over `fit` and `STANDING`."""
    return (
        pl.when("excluded")
        .then(pl.lit("out"))
        .when(pl.col("all_met") & (pl.col("fit") >= min_fit))
        .then(pl.lit("in"))
        .when(pl.col("may_be_met") & (pl.col("best_fit") >= min_fit))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("out"))
    )


def _met(criterion: Criterion) -> pl.Expr:
    return pl.col(MET_PREFIX + criterion.id)


def _weight_where(scored: Sequence[Criterion], read: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Sum of the weights of criteria whose column reads true, always added in the order of the model."""
    weight = pl.lit(0.0)
    for criterion in scored:
        weight = weight + pl.when(read(_met(criterion))).then(criterion.weight).otherwise(0.0)
    return weight


def _criteria_met(accounts: pl.DataFrame, technologies: pl.DataFrame, criteria: Sequence[Criterion]) -> pl.DataFrame:
    expressions = [
        _account_expression(criterion, accounts).alias(MET_PREFIX + criterion.id)
        for criterion in criteria
        if criterion.value_type != "set"
    ]
    met = accounts.select("account_id", *expressions)
    for criterion in criteria:
        if criterion.value_type == "set":
            met = met.join(_technology_met(criterion, technologies), on="account_id", how="left")
    return met


def _technology_met(criterion: Criterion, technologies: pl.DataFrame) -> pl.DataFrame:
    status = "uses" if criterion.field == "technology_used" else "evaluating"
    name = _text(pl.col("technology"))
    known = technologies.filter(pl.col("status") == status, name.is_not_null())
    values = _lower(criterion.values)
    if criterion.operator == "is_known":
        holds = pl.lit(True)
    elif criterion.operator == "contains":
        holds = name.str.contains(values[0], literal=True).any()
    else:
        holds = name.is_in(values).any()
        if criterion.operator == "not_in":
            holds = ~holds
    return known.group_by("account_id").agg(holds.first().alias(MET_PREFIX + criterion.id))


def _account_expression(criterion: Criterion, accounts: pl.DataFrame) -> pl.Expr:
    """True, false or null (unknown) for each account."""
    if criterion.field not in accounts.columns:
        return pl.lit(None, dtype=pl.Boolean)
    value = _typed(criterion, accounts.schema[criterion.field])
    if criterion.operator == "is_known":
        return pl.when(value.is_not_null()).then(pl.lit(True))
    wanted = _typed_values(criterion)
    compare: dict[str, Callable[[], pl.Expr]] = {
        "in": lambda: value.is_in(wanted),
        "not_in": lambda: ~value.is_in(wanted),
        "contains": lambda: value.str.contains(wanted[0], literal=True),
        "at_least": lambda: value >= wanted[0],
        "at_most": lambda: value <= wanted[0],
        "between": lambda: value.is_between(wanted[0], wanted[1], closed="both"),
    }
    return compare[criterion.operator]()


def _typed(criterion: Criterion, dtype: pl.DataType) -> pl.Expr:
    """The account's value as the criterion's type; what cannot be read as that is unknown."""
    column = pl.col(criterion.field)
    kind = criterion.value_type
    if kind == "number":
        number = column.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if kind == "boolean":
        if dtype == pl.String:
            text = _text(column)
            return pl.when(text == "true").then(pl.lit(True)).when(text == "false").then(pl.lit(False))
        return column.cast(pl.Boolean, strict=False)
    if kind == "date":
        return column.str.to_date(strict=False) if dtype == pl.String else column.cast(pl.Date, strict=False)
    return _text(column.cast(pl.String))


def _text(column: pl.Expr) -> pl.Expr:
    lower = column.str.strip_chars().str.to_lowercase()
    return pl.when(lower != "").then(lower)


def _lower(values: Sequence[object]) -> list[str]:
    return [str(value).strip().lower() for value in values]


def _typed_values(criterion: Criterion) -> list[Any]:
    kind = criterion.value_type
    if kind == "number":
        return [float(value) for value in criterion.values]
    if kind == "boolean":
        return list(criterion.values)
    if kind == "date":
        return [date.fromisoformat(str(value)) for value in criterion.values]
    return _lower(criterion.values)
