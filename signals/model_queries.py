"""What the model's editor asks of the accounts: values with counts, coverage, how many are in a profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.criteria import FIELD_TYPES
from accounts.models import Account, AccountTechnology, BuyingCenter
from signals.facts import load
from signals.models import CenterState, Decision, RescoreRequest, ScoringModel
from signals.scoring_config import ScoringConfig

MOST_VALUES = 60
BINS = 12
_COLUMNS = {"industry", "country", "region", "tier", "employees", "annual_revenue", "revenue_growth", "locations"}


@dataclass(frozen=True)
class FieldFacts:
    """What is known of a field: accounts in all, unknown ones, values with counts, or the range with a histogram."""

    total: int
    unknown: int
    values: Sequence[tuple[str, int]] = ()
    low: float | None = None
    high: float | None = None
    bins: Sequence[tuple[float, float, int]] = ()

    @property
    def unknown_share(self) -> float:
        """Share of accounts for which the field is unknown."""
        return self.unknown / self.total if self.total else 0.0


@dataclass(frozen=True)
class ProfileCounts:
    """Accounts in, out and unknown; and for each criterion how many meet it and for how many it is unknown."""

    total: int
    inside: int
    outside: int
    unknown: int
    criteria: dict[str, tuple[int, int]]


def field_facts(field: str) -> FieldFacts:
    """Values and coverage of a firmographic or technographic field over all accounts."""
    total = Account.objects.count()
    if field in {"technology_used", "technology_evaluating"}:
        status = "uses" if field == "technology_used" else "evaluating"
        known = AccountTechnology.objects.filter(status=status, known_until__isnull=True)
        counted = (
            known.values_list("technology__name")
            .annotate(n=Count("account", distinct=True))
            .order_by("-n", "technology__name")
        )
        having = known.values("account").distinct().count()
        return FieldFacts(total, total - having, list(counted[:MOST_VALUES]))
    if field == "customer":
        present = Account.objects.filter(lifecycle="customer").count()
        past = Account.objects.filter(lifecycle="former_customer").count()
        return FieldFacts(total, 0, [("present", present), ("past", past), ("never", total - present - past)])
    if field not in _COLUMNS:
        return FieldFacts(total, Account.objects.exclude(custom__has_key=field.removeprefix("custom.")).count())
    unknown = Account.objects.filter(
        Q(**{f"{field}__isnull": True}) | (Q(**{field: ""}) if FIELD_TYPES[field] == "text" else Q(pk__in=[]))
    ).count()
    if FIELD_TYPES[field] == "text":
        rows = (
            Account.objects.exclude(**{f"{field}__isnull": True})
            .exclude(**{field: ""})
            .values_list(field)
            .annotate(n=Count("pk"))
        )
        return FieldFacts(total, unknown, list(rows.order_by("-n", field)[:MOST_VALUES]))
    return _number_facts(field, total, unknown)


def _number_facts(field: str, total: int, unknown: int) -> FieldFacts:
    """Range and a histogram; bins double, since sizes of companies do."""
    known = Account.objects.filter(**{f"{field}__isnull": False})
    span = known.aggregate(low=Min(field), high=Max(field))
    if span["low"] is None:
        return FieldFacts(total, unknown)
    low, high = float(span["low"]), float(span["high"])
    edges = _edges(low, high)
    cases = {}
    for n, (a, b) in enumerate(pairwise(edges)):
        upper = Q(**{f"{field}__lt": b}) if n < len(edges) - 2 else Q(**{f"{field}__lte": b})
        cases[f"b{n}"] = Count("pk", filter=Q(**{f"{field}__gte": a}) & upper)
    counted = known.aggregate(**cases)
    bins = [(a, b, counted[f"b{n}"]) for n, (a, b) in enumerate(pairwise(edges))]
    return FieldFacts(total, unknown, low=low, high=high, bins=bins)


def _edges(low: float, high: float) -> list[float]:
    if low <= 0 or high / max(low, 1) < 100:
        step = (high - low) / BINS or 1.0
        return [low + step * n for n in range(BINS + 1)]
    ratio = (high / max(low, 1)) ** (1 / BINS)
    return [max(low, 1) * ratio**n for n in range(BINS)] + [high]


def profile_counts(config: ScoringConfig, *, now: datetime) -> ProfileCounts:
    """How the ICP of `config` divides all accounts, by the one implementation of fit."""
    from accounts.fit import MET_PREFIX, fit

    facts = load(center_ids=None, as_of=now, config=config, touch_ids=[]).facts
    rows = fit(facts.accounts, facts.technologies, config.criteria, min_fit=config.min_fit)
    status = dict(rows["icp"].value_counts().iter_rows())
    met = {
        item.id: (int(rows[MET_PREFIX + item.id].sum()), int(rows[MET_PREFIX + item.id].null_count()))
        for item in config.criteria
    }
    return ProfileCounts(rows.height, status.get("in", 0), status.get("out", 0), status.get("unknown", 0), met)


def publish_progress() -> tuple[int, int]:
    """(centers evaluated by the active model, centers in all)."""
    active = ScoringModel.objects.get(status=ScoringModel.Status.ACTIVE)
    return CenterState.objects.filter(model=active).count(), BuyingCenter.objects.count()


def waiting_requests() -> int:
    """Rescore requests that wait, at most 100,000 counted."""
    return int(RescoreRequest.objects.all()[:100_000].count())


def names_of(center_ids: Sequence[int]) -> dict[int, BuyingCenter]:
    """Centers with their accounts, by id."""
    return {center.pk: center for center in BuyingCenter.objects.filter(pk__in=center_ids).select_related("account")}


def decisions(*, account: str = "", qualified: str = "", block: str = "") -> QuerySet[Decision]:
    """Decisions, the latest first, with account, center and model; filtered by what a page asks."""
    rows = (
        Decision.objects.select_related("account", "center", "model")
        .defer("evidence", "touch_ids")
        .order_by("-recorded_at", "-id")
    )
    if account:
        rows = rows.filter(account__name__icontains=account)
    if qualified in {"yes", "no"}:
        rows = rows.filter(qualified=qualified == "yes")
    if block:
        rows = rows.filter(block=block)
    return rows
