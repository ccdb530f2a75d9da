"""What the model's editor asks of the accounts: values with counts, coverage, how many are in a profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from django.db.models import Count, FloatField, Max, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts.criteria import FIELD_TYPES
from accounts.models import Account, AccountTechnology, BuyingCenter, CustomField
from signals import wording
from signals.facts import load
from signals.models import CenterState, Decision, ScoringModel
from signals.publishing import active_model, config_of
from signals.scoring_config import MQA_STAGE, ScoringConfig

if TYPE_CHECKING:
    from signals.frames import Facts

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

    @property
    def unknown_shares(self) -> dict[str, float]:
        """By criterion the share of accounts for which its field is unknown."""
        return {key: unknown / self.total if self.total else 0.0 for key, (_, unknown) in self.criteria.items()}


def stages() -> list[tuple[str, str]]:
    """(name, in words) of each stage by the active version, the lowest first."""
    names = [*(band.name for band in config_of(active_model()).bands), MQA_STAGE]
    return [(name, wording.stage(name)) for name in names]


def stages_ever() -> list[tuple[str, str]]:
    """(name, in words) of each stage that a published version has or had, those of the active one first."""
    published = ScoringModel.objects.exclude(status=ScoringModel.Status.DRAFT).order_by("status", "-version")
    active, *past = ([band["name"] for band in bands] for bands in published.values_list("config__bands", flat=True))
    names = dict.fromkeys([*active, MQA_STAGE, *chain.from_iterable(past)])
    return [(name, wording.stage(name)) for name in names]


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
        return _custom_facts(field.removeprefix("custom."), total)
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
    return _histogram(Account.objects.filter(**{f"{field}__isnull": False}), field, total, unknown)


def _custom_facts(key: str, total: int) -> FieldFacts:
    """Of a custom field: numbers with a histogram, days with coverage alone, else values with counts."""
    having = Account.objects.filter(custom__has_key=key).annotate(text=KeyTextTransform(key, "custom"))
    having = having.exclude(text__isnull=True).exclude(text="")
    field = CustomField.objects.filter(key=key).first()
    unknown = total - having.count()
    if field is None or field.kind == CustomField.Kind.DATE:
        return FieldFacts(total, unknown)
    if field.kind == CustomField.Kind.NUMBER:
        # What is no number in the stored document is unknown to fit as well.
        numbers = having.filter(text__regex=r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
        numbers = numbers.annotate(number=Cast("text", FloatField()))
        return _histogram(numbers, "number", total, total - numbers.count())
    counted = list(having.values_list("text").annotate(n=Count("pk")).order_by("-n", "text")[:MOST_VALUES])
    if field.kind == CustomField.Kind.BOOLEAN:
        words = {"true": "yes", "false": "no"}
        by_word = {words[text]: n for text, n in counted if text in words}
        return FieldFacts(total, unknown, [(word, by_word.get(word, 0)) for word in ("yes", "no")])
    rare = [(choice, 0) for choice in field.choices if choice not in dict(counted)]
    return FieldFacts(total, unknown, [*counted, *rare])


def _histogram(known: QuerySet[Account], field: str, total: int, unknown: int) -> FieldFacts:
    """Range and a histogram of accounts with the field; bins double, since sizes of companies do."""
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


def profile_counts(config: ScoringConfig, *narrower: ScoringConfig, now: datetime) -> list[ProfileCounts]:
    """How the ICP of `config`, and of `narrower` ones with some of its criteria, divide all accounts; one reading of them,
    and the one implementation of fit.
    """
    facts = load(center_ids=None, as_of=now, config=config, profiles=True).facts
    return [_counts(facts, one) for one in (config, *narrower)]


def _counts(facts: "Facts", config: ScoringConfig) -> ProfileCounts:
    from accounts.fit import MET_PREFIX, fit

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
    return CenterState.objects.filter(model=active).count(), BuyingCenter.objects.filter(
        account__merged_into__isnull=True
    ).count()


def names_of(center_ids: Sequence[int]) -> dict[int, BuyingCenter]:
    """Centers with their accounts, by id."""
    return {center.pk: center for center in BuyingCenter.objects.filter(pk__in=center_ids).select_related("account")}


def decisions(*, account: str = "", qualified: str = "", block: str = "") -> QuerySet[Decision]:
    """Decisions, the latest first, with account, center and model; filtered by what a page asks."""
    rows = (
        Decision.objects.select_related("account", "center", "model")
        .defer(*Decision.WIDE)
        .order_by("-recorded_at", "-id")
    )
    if account:
        rows = rows.filter(account__name__icontains=account)
    if qualified in {"yes", "no"}:
        rows = rows.filter(qualified=qualified == "yes")
    if block:
        rows = rows.filter(block=block)
    return rows
