"""What outcomes and SDRs say of the model: traits of won accounts, disqualifications by reason, touches marked wrong.

Each a measure of stored facts over a period, with its counts. It suggests; a person decides (domain.md §6, §7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from accounts.criteria import Criterion
from handoff.models import Handoff
from reports.period import Period
from reports.statistics import Share
from reports.traits import Trait, joined
from signals import wording
from signals.manual import WRONG
from signals.models import MappingRule, Touch, TouchType
from signals.scoring_config import ScoringConfig

NUMBERS = ("employees", "annual_revenue", "revenue_growth", "locations")
BINS = 5

_WON = """
SELECT account_id, ((min(closed_on) + 1)::timestamp AT TIME ZONE 'UTC') - interval '1 microsecond' AS at
FROM handoff_opportunity WHERE stage = 'won' AND closed_on >= %(start)s AND closed_on <= %(end)s GROUP BY account_id"""
_SEGMENT = "(%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))"

# Of an account that won a field's value at the end of that day; where none was known yet, the first that was.
_THEN = """
SELECT DISTINCT ON (f.account_id, f.field) f.account_id, f.field, f.value #>> '{}' AS value
FROM accounts_accountfact f JOIN won w USING (account_id)
ORDER BY f.account_id, f.field, (f.known_from <= w.at) DESC, CASE WHEN f.known_from <= w.at THEN f.known_from END DESC,
    f.known_from, f.id DESC"""

# Technologies that were known then; where none was, those of the first day on which some were.
_TECHNOLOGIES = """
SELECT t.account_id, CASE t.status WHEN 'uses' THEN 'technology_used' ELSE 'technology_evaluating' END AS field, n.name
FROM accounts_accounttechnology t JOIN accounts_technology n ON n.id = t.technology_id LEFT JOIN (
    SELECT account_id, greatest(w.at, date_trunc('day', min(x.known_from), 'UTC') + interval '1 day - 1 microsecond') AS at
    FROM won w JOIN accounts_accounttechnology x USING (account_id) GROUP BY account_id, w.at
) w USING (account_id)
WHERE CASE WHEN w.at IS NULL THEN t.known_until IS NULL
    ELSE t.known_from <= w.at AND (t.known_until IS NULL OR t.known_until > w.at) END"""

# Values without regard to case and surrounding space, as criteria compare them.
_VALUES = f"""
WITH won AS MATERIALIZED ({_WON}), past AS MATERIALIZED ({_THEN}), technologies AS ({_TECHNOLOGIES}), said AS (
    SELECT s.id, s.field, lower(trim(s.value)) AS value, min(trim(s.value)) AS shown FROM (
        SELECT a.id, f.field, CASE WHEN p.account_id IS NULL THEN f.value ELSE p.value END AS value
        FROM accounts_account a CROSS JOIN LATERAL (
            SELECT * FROM (VALUES ('industry', a.industry), ('country', a.country), ('region', a.region)) v (field, value)
            UNION ALL
            SELECT 'custom.' || c.key, a.custom ->> c.key FROM accounts_customfield c
            WHERE c.kind IN ('text', 'choice') AND (a.custom ? c.key OR a.id IN (SELECT account_id FROM won))
        ) f LEFT JOIN past p ON p.account_id = a.id AND p.field = f.field WHERE {_SEGMENT}
        UNION ALL
        SELECT a.id, t.field, t.name FROM technologies t JOIN accounts_account a ON a.id = t.account_id WHERE {_SEGMENT}
    ) s WHERE trim(s.value) <> '' GROUP BY 1, 2, 3
), known AS (
    SELECT s.field, count(DISTINCT s.id) AS accounts, count(DISTINCT s.id) FILTER (WHERE w.account_id IS NOT NULL) AS won
    FROM said s LEFT JOIN won w ON w.account_id = s.id GROUP BY s.field
)
SELECT s.field, min(s.shown), count(*) FILTER (WHERE w.account_id IS NOT NULL), count(*), k.won, k.accounts
FROM said s LEFT JOIN won w ON w.account_id = s.id JOIN known k USING (field)
GROUP BY s.field, s.value, k.won, k.accounts ORDER BY s.field, min(s.shown)"""  # noqa: S608 - constants of this module alone

# Each bin is told by the lowest and the highest value in it, so that the ranges are exact and do not overlap.
_RANGES = f"""
WITH won AS MATERIALIZED ({_WON}), past AS MATERIALIZED ({_THEN}), said AS (
    SELECT v.id, v.value FROM (
        SELECT a.id, CASE WHEN p.account_id IS NULL THEN a.{{field}}::float8 ELSE p.value::float8 END AS value
        FROM accounts_account a LEFT JOIN past p ON p.account_id = a.id AND p.field = '{{field}}' WHERE {_SEGMENT}
    ) v WHERE v.value IS NOT NULL
), edges AS MATERIALIZED (
    SELECT DISTINCT unnest(percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY value)) AS at FROM said
), binned AS (
    SELECT s.id, s.value, (SELECT count(*) FROM edges WHERE edges.at < s.value) AS bin, w.account_id IS NOT NULL AS won
    FROM said s LEFT JOIN won w ON w.account_id = s.id
)
SELECT min(value), max(value), count(*) FILTER (WHERE won), count(*), sum(count(*) FILTER (WHERE won)) OVER (),
    sum(count(*)) OVER ()
FROM binned GROUP BY bin ORDER BY bin""".replace("'{}'", "'{{}}'")  # noqa: S608


def won_accounts(period: Period) -> int:
    """How many accounts won a deal in the period."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM accounts_account a JOIN ({_WON}) w ON w.account_id = a.id WHERE {_SEGMENT}",  # noqa: S608
            _asked(period),
        )
        return int(cursor.fetchone()[0])


def traits(period: Period) -> list[Trait]:
    """Every value and range of every field that a criterion can be about, with how many accounts have it and how many won.

    Of an account that won, values as they were known on the day it first did in the period (what was only recorded later, as
    first recorded); of the others, as they are known now. A company that grew after it bought tells nothing of who buys.
    """
    asked = _asked(period)
    found: list[Trait] = []
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, asked)
        found += [Trait(field, (text,), *counts) for field, text, *counts in cursor.fetchall()]
        for field in NUMBERS:
            cursor.execute(_RANGES.format(field=field), asked)
            found += joined([Trait(field, (low, high), *map(int, counts)) for low, high, *counts in cursor.fetchall()])
    return found


def _asked(period: Period) -> dict[str, Any]:
    shares = [number / BINS for number in range(1, BINS)]
    return {"start": period.start, "end": period.end, "segment": period.segment, "shares": shares}


def covered_by(trait: Trait, config: ScoringConfig) -> Criterion | None:
    """The criterion of a model that already asks for the trait, whatever its kind."""
    for item in config.criteria:
        if item.field != trait.field:
            continue
        if trait.is_range and item.operator in {"at_least", "at_most", "between"}:
            return item
        if not trait.is_range and str(trait.values[0]).lower() in {str(value).strip().lower() for value in item.values}:
            return item
    return None


@dataclass(frozen=True)
class Disqualified:
    """How often handoffs were disqualified for a reason, and for which criterion if the reason names one."""

    reason: str
    said: str
    criterion: Criterion | None
    share: Share


def disqualified(period: Period, config: ScoringConfig) -> list[Disqualified]:
    """By reason and criterion, the most frequent first; `criterion` is the model's that the SDR's words point at."""
    rows = _of_segment(
        Handoff.objects.filter(state="disqualified", closed_at__gte=period.start_at, closed_at__lt=period.end_at),
        period,
    )
    counted = list(rows.values_list("reason__label", "criterion").annotate(n=Count("pk")))
    total = sum(count for *_, count in counted)
    merged: dict[tuple[str, str], int] = defaultdict(int)
    spelt: dict[tuple[str, str], str] = {}
    for reason, said, count in counted:
        key = (reason or "–", said.strip().lower())
        merged[key] += count
        spelt.setdefault(key, said.strip())
    return [
        Disqualified(key[0], spelt[key], pointed_at(spelt[key], config.criteria), Share(count, total))
        for key, count in sorted(merged.items(), key=lambda item: (-item[1], item[0]))
    ]


def pointed_at(said: str, criteria: Sequence[Criterion]) -> Criterion | None:
    """The criterion that words of an SDR name: by its label, its rule, its id, or the field it is about."""
    text = said.strip().lower()
    if not text:
        return None
    for item in criteria:
        if text in {item.label.lower(), wording.criterion_rule(item).lower(), item.id.lower()}:
            return item
    return next(
        (item for item in criteria if wording.field_name(item.field) in text or text in item.label.lower()), None
    )


@dataclass(frozen=True)
class Wrong:
    """A touch type, how many of its touches of the period were marked wrong, and the rules that read events as it."""

    touch_type: TouchType
    share: Share
    rules: list[MappingRule]


def marked_wrong(period: Period) -> list[Wrong]:
    """Types with touches marked wrong, the largest share first by its lower end."""
    rows = Touch.objects.filter(occurred_at__gte=period.start_at, occurred_at__lt=period.end_at, account__isnull=False)
    by_type = _of_segment(rows, period).order_by().values_list("touch_type").annotate(n=Count("pk"))
    marked = dict(by_type.filter(ignored=WRONG))  # these few have an index: of other types no touch is read
    shares = (
        {pk: Share(marked[pk], count) for pk, count in by_type.filter(touch_type__in=list(marked))} if marked else {}
    )
    rules: dict[int, list[MappingRule]] = defaultdict(list)
    for rule in MappingRule.objects.filter(touch_type__in=shares, is_active=True).select_related("touch_type"):
        rules[rule.touch_type_id].append(rule)
    found = [Wrong(one, shares[one.pk], rules[one.pk]) for one in TouchType.objects.filter(pk__in=shares)]
    return sorted(found, key=lambda one: (-(one.share.interval or (0.0, 0.0))[0], one.touch_type.key))


def _of_segment(rows: QuerySet[Any], period: Period) -> QuerySet[Any]:
    return rows.filter(account__is_target=period.segment == "target") if period.segment else rows
