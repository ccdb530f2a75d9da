"""The ABM five, for target accounts (domain.md §6): coverage, awareness, engagement, reach; influence is in influence.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reports import asking
from reports.deals import OF_PERSONS_TEAM, ONCE_OTHERWISE, was_target
from reports.period import Period
from reports.statistics import Share
from signals.month_frames import END, Months, numbers, packed, unpacked
from signals.sums import CAMPAIGN_DAYS, months

if TYPE_CHECKING:
    import polars as pl

WINDOW_DAYS = 90


@dataclass(frozen=True)
class Coverage:
    """Of the target accounts: complete data, somebody in every required buying role, both; any inbound touch."""

    complete: Share
    roles: Share
    both: Share
    aware: Share


@dataclass(frozen=True)
class Engagement:
    """Inbound minutes per target account in the 90 days and in the 90 before (None: not asked for), and key people engaged."""

    minutes: float | None
    minutes_before: float | None
    key_people: Share


@dataclass(frozen=True)
class Campaign:
    """One campaign: target accounts touched, and how many of its touches hit one."""

    name: str
    reach: Share
    aim: Share


@dataclass(frozen=True)
class Five:
    """The five without influence. `earlier`: how it stood at the end of the period compared with, if one was asked for.

    `campaigns`: those that touched anybody in the period, the widest first, fifty at most; none where reach was not asked for.
    `campaigns_before`: those of them that touched anybody in the period compared with, by name.
    """

    coverage: Coverage
    engagement: Engagement
    earlier: tuple[Coverage, Engagement] | None
    campaigns: list[Campaign]
    campaigns_before: dict[str, Campaign]


# The accounts that were targets at the end of the period (`now`), or of the one compared with (`earlier`).
_TARGET = f"""WITH otherwise AS MATERIALIZED ({ONCE_OTHERWISE}), target AS MATERIALIZED (
    SELECT * FROM (
        SELECT a.id, a.name, a.industry IS NOT NULL AND a.employees IS NOT NULL AND a.annual_revenue IS NOT NULL
               AND a.country IS NOT NULL AS complete, {was_target("end")} AS now,
               %(earlier_end)s::timestamptz IS NOT NULL AND {was_target("earlier_end")} AS earlier
        FROM accounts_account a
        WHERE a.id = ANY(ARRAY(
            SELECT id FROM accounts_account WHERE is_target UNION SELECT account_id FROM otherwise))
          AND {OF_PERSONS_TEAM.format(person="a.owner_sdr_id")}
    ) one WHERE now OR earlier
)"""  # noqa: S608 - constants of this project
_AMONG = "ARRAY(SELECT id FROM target)"
# What they are judged by: the roles that are required, and who has had one.
_ROLES = f"""required AS MATERIALIZED (
    SELECT r.role, r.required FROM handoff_templaterole r
    JOIN handoff_buyinggrouptemplate t ON t.id = r.template_id
    WHERE r.required > 0 AND t.segment = COALESCE(
        (SELECT segment FROM handoff_buyinggrouptemplate WHERE segment = 'target'), 'all')
), filled AS MATERIALIZED (
    SELECT b.account_id, s.role, s.contact_id, s.since, s.until
    FROM accounts_buyingcenter b JOIN handoff_buyinggroup g ON g.center_id = b.id
    JOIN handoff_buyingrolespell s ON s.group_id = g.id
    WHERE b.account_id = ANY({_AMONG}) AND s.role IN (SELECT role FROM required)
)"""  # noqa: S608 - a constant


def _judged(end: str, among: str) -> str:
    """The targets `among` the two kinds, as they were at the moment that the parameter `end` says."""
    return f"""(
    SELECT a.id, a.name,
           CASE WHEN %({end})s > now() THEN a.complete ELSE a.id IN (
               SELECT account_id FROM (
                   SELECT DISTINCT ON (f.account_id, f.field) f.account_id, f.value FROM accounts_accountfact f
                   WHERE f.account_id = ANY({_AMONG}) AND f.known_from < %({end})s
                     AND f.field IN ('industry', 'employees', 'annual_revenue', 'country')
                   ORDER BY f.account_id, f.field, f.known_from DESC, f.id DESC
               ) known WHERE value <> 'null' GROUP BY account_id HAVING count(*) = 4
           ) END AS complete,
           EXISTS (SELECT 1 FROM required) AND a.id IN (
               SELECT f.account_id FROM (
                   SELECT s.account_id, s.role, count(DISTINCT s.contact_id) AS people FROM filled s
                   WHERE (s.since IS NULL OR s.since < %({end})s) AND (s.until IS NULL OR s.until >= %({end})s)
                   GROUP BY s.account_id, s.role
               ) f JOIN required r ON r.role = f.role AND f.people >= r.required
               GROUP BY f.account_id HAVING count(*) = (SELECT count(*) FROM required)
           ) AS roles
    FROM target a WHERE a.{among} OFFSET 0  -- each is judged once, not for each figure
)"""  # noqa: S608 - words of this module alone


def _covered(end: str, among: str) -> str:
    return f"""(SELECT ARRAY[count(*), count(*) FILTER (WHERE complete), count(*) FILTER (WHERE roles),
        count(*) FILTER (WHERE complete AND roles)] FROM {_judged(end, among)} judged)"""  # noqa: S608


_TARGETS = f"{_TARGET}, {_ROLES} SELECT id, name, complete, roles FROM {_judged('end', 'now')} judged ORDER BY name, id"  # noqa: S608
_NAMES = f"{_TARGET} SELECT id, name FROM target ORDER BY name, id"  # noqa: S608
# Nobody marked key: everybody counts as key (domain.md §2).
_IS_KEY = f"""c.account_id = ANY({_AMONG}) AND NOT c.excluded_from_scoring AND c.erased_at IS NULL
      AND (NOT EXISTS (SELECT 1 FROM accounts_persona WHERE is_key)
           OR c.persona_id IN (SELECT id FROM accounts_persona WHERE is_key))"""  # noqa: S608 - a constant
_KEY_PEOPLE = f"""{_TARGET}
SELECT c.id, c.account_id, a.name, c.first_name || ' ' || c.last_name, COALESCE(p.name, '')
FROM accounts_contact c JOIN target a ON a.id = c.account_id LEFT JOIN accounts_persona p ON p.id = c.persona_id
WHERE {_IS_KEY} ORDER BY a.name, c.id"""  # noqa: S608 - constants of this module alone
_KEY_IDS = f"""(
    SELECT string_agg(int8send(c.account_id), ''), string_agg(int8send(c.id), '') FROM accounts_contact c WHERE {_IS_KEY}
) key(accounts, people)"""  # noqa: S608 - constants of this module alone
_IDS = ", ".join(
    f"(SELECT string_agg(int8send(id), '') FROM target WHERE {among})"  # noqa: S608 - words of this module alone
    for among in ("now", "earlier")
)
_EVERY_CAMPAIGN = f"""WITH {CAMPAIGN_DAYS}
SELECT campaign, sum(touches)::bigint FROM campaign_days GROUP BY campaign HAVING sum(touches) > 0 ORDER BY campaign
"""  # noqa: S608 - constants of this project
_MOST_CAMPAIGNS = 50
Window = tuple[date, date]


def five(period: Period, before: Period | None = None, *, reach: bool = False) -> Five:
    """Coverage, awareness and engagement of the target accounts on the last day of the period, and reach in it."""
    import polars as pl  # not at import: see signals/tasks.py

    days, then = _days(period), _days(before)["now"] if before else None
    asked = _asked(period, before)
    windows = [days["now"], days["before"], *([then] if then else [])]
    windows += [(one.start, one.end) for one in (period, before) if one and reach]
    lists = ("minutes", "people", *(["campaigns"] if reach else []))
    covered_then = _covered("earlier_end", "earlier") if before else "NULL::bigint[]"
    # One statement: who the targets are takes as long as the rest that is asked of them.
    ((*sent, accounts, people, covered, covered_then, now_ids, then_ids),) = asking.rows(
        f"""{_TARGET}, {_ROLES}, {months(_AMONG)}
        SELECT found.*, accounts, people, {_covered("end", "now")}, {covered_then}, {_IDS}
        FROM (SELECT {packed(*lists)} FROM months) found, {_KEY_IDS}""",  # noqa: S608 - constants of this project
        asked | _bounds(*windows),
        binary=True,
    )
    found = unpacked(sent, *lists)
    key = pl.DataFrame({"account_id": numbers(accounts, 8), "contact_id": numbers(people, 8)})
    targets, targets_then = (pl.DataFrame({"account_id": numbers(ids, 8)}) for ids in (now_ids, then_ids))

    def minutes(window: Window, targets: pl.DataFrame) -> float | None:
        spent = int(found.rows_on("minutes", *window, of=targets)["minutes"].sum())
        return spent / 100 / targets.height if targets.height else None

    def stood(window: Window, targets: pl.DataFrame, counts: list[int]) -> tuple[Coverage, Share]:
        _, complete, roles, both = counts
        aware = _of(targets, found.within(*window))["account_id"].n_unique()
        people = _of(targets, key)
        engaged = people.join(found.on("people", *window, of=targets), on=key.columns, how="semi").height
        return (
            Coverage(*(Share(part, targets.height) for part in (complete, roles, both, aware))),
            Share(engaged, people.height),
        )

    coverage, engaged = stood(days["now"], targets, covered)
    earlier = None
    if then:
        coverage_then, engaged_then = stood(then, targets_then, covered_then)
        earlier = coverage_then, Engagement(minutes(then, targets_then), None, engaged_then)
    campaigns = _reach(period, found, targets)[:_MOST_CAMPAIGNS] if reach else []
    names = {row.name for row in campaigns}
    return Five(
        coverage,
        Engagement(minutes(days["now"], targets), minutes(days["before"], targets), engaged),
        earlier,
        campaigns,
        {row.name: row for row in _reach(before, found, targets_then) if row.name in names} if before and reach else {},
    )


def _reach(period: Period, found: Months, targets: pl.DataFrame) -> list[Campaign]:
    """The campaigns that touched anybody in the period, those that touched most of the targets first."""
    import polars as pl

    aimed = (
        found.on("campaigns", period.start, period.end, of=targets)
        .group_by("campaign")
        .agg(pl.col("account_id").n_unique(), pl.col("touches").sum())
    )
    hits = {campaign: (accounts, touches) for campaign, accounts, touches in aimed.iter_rows()}
    told = [
        (name, touches, *hits.get(name.replace(END, ""), (0, 0)))
        for name, touches in asking.rows(_EVERY_CAMPAIGN, period.parameters)
    ]
    told.sort(key=lambda row: -row[2])
    whole = targets.height
    return [Campaign(name, Share(accounts, whole), Share(hit, touches)) for name, touches, accounts, hit in told]


def targets(period: Period) -> list[tuple[Any, ...]]:
    """The target accounts: id, name, complete data, all required roles, aware."""
    window = _days(period)["now"]
    aware = set(_months(_asked(period), window).within(*window)["account_id"].to_list())
    return [(*row, row[0] in aware) for row in asking.rows(_TARGETS, _asked(period))]


def minutes(period: Period) -> list[tuple[Any, ...]]:
    """Target accounts with touches in the 90 days or the 90 before: id, name, inbound minutes of these, and of those."""
    import polars as pl

    days = _days(period)
    windows = days["now"], days["before"]
    found = _months(_asked(period), *windows, lists=("minutes",))
    now, past = (
        dict(found.on("minutes", *window).group_by("account_id").agg(pl.col("minutes").sum()).iter_rows())
        for window in windows
    )
    told = [
        (pk, name, Decimal(now.get(pk, 0)).scaleb(-2), Decimal(past.get(pk, 0)).scaleb(-2))
        for pk, name in asking.rows(_NAMES, _asked(period))
        if pk in now or pk in past
    ]
    return sorted(told, key=lambda row: -row[2])


def key_people(period: Period) -> list[tuple[Any, ...]]:
    """The key people of target accounts: id, account's id and name, name, persona, engaged in the 90 days."""
    window = _days(period)["now"]
    engaged = _engaged(_months(_asked(period), window, lists=("people",)), window)
    with_touch = set(engaged.iter_rows())
    told = [(*row, (row[1], row[0]) in with_touch) for row in asking.rows(_KEY_PEOPLE, _asked(period))]
    return sorted(told, key=lambda row: not row[-1])


def reached(period: Period, campaign: str) -> list[tuple[Any, ...]]:
    """Target accounts that a campaign touched in the period: id, name, touches, the first and the last day of them."""
    import polars as pl

    window = _days(period)["period"]
    found = _months(_asked(period), window, lists=("campaigns",)).on("campaigns", *window)
    of_it = (
        found.filter(pl.col("campaign") == campaign.replace(END, ""))
        .group_by("account_id")
        .agg(pl.col("touches").sum(), first=pl.col("date").min(), last=pl.col("date").max())
    )
    touched = {pk: rest for pk, *rest in of_it.iter_rows()}
    told = [(pk, name, *touched[pk]) for pk, name in asking.rows(_NAMES, _asked(period)) if pk in touched]
    return sorted(told, key=lambda row: -row[2])


def _asked(period: Period, before: Period | None = None) -> dict[str, Any]:
    return period.parameters | {"earlier_end": before.end_at if before else None}


def _of(targets: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The rows of these accounts."""
    return found.join(targets, on="account_id", how="semi")


def _months(asked: dict[str, Any], *windows: Window, lists: tuple[str, ...] = ()) -> Months:
    """The months of the target accounts that have days of these windows."""
    statement = f"{_TARGET}, {months(_AMONG)} SELECT {packed(*lists)} FROM months"  # noqa: S608
    (row,) = asking.rows(statement, asked | _bounds(*windows), binary=True)
    return unpacked(row, *lists)


def _bounds(*windows: Window) -> dict[str, date]:
    return {
        "first_month": min(first for first, _ in windows).replace(day=1),
        "last_month": max(last for _, last in windows).replace(day=1),
    }


def _engaged(found: Months, window: Window) -> pl.DataFrame:
    """Each account with a person of whom it had a touch."""
    return found.on("people", *window).select("account_id", "contact_id").unique()


def _days(period: Period) -> dict[str, Window]:
    """The period, its last 90 days (`now`), and the 90 before."""
    first = period.end - timedelta(days=WINDOW_DAYS - 1)
    return {
        "now": (first, period.end),
        "before": (first - timedelta(days=WINDOW_DAYS), first - timedelta(days=1)),
        "period": (period.start, period.end),
    }
