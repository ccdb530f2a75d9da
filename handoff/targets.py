"""The target accounts beside the ICP: who is one and fits or doesn't, and who fits and is none (domain.md §2, §4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal, get_args

from django.db.models import Count, F, Prefetch, Q, QuerySet

from accounts.models import Account, BuyingCenter, Domain
from accounts.targets import Choice, choices
from handoff.page_queries import matching_accounts

View = Literal["targets", "outside", "unclear", "missed", "others"]
VIEWS: tuple[View, ...] = get_args(View)
# What a good fit is where the page names none.
GOOD_FIT = 80.0
CHUNK = 1_000

_DOMAINS = Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
_TARGET = Q(account__is_target=True)
_UNCLEAR = Q(state__isnull=True) | Q(state__icp__in=("unknown", ""))


def _test(view: View, fit: float) -> Q:
    return {
        "targets": _TARGET,
        "outside": _TARGET & Q(state__icp="out"),
        "unclear": _TARGET & _UNCLEAR,
        "missed": ~_TARGET & Q(state__icp="in", state__fit__gte=fit),
        "others": ~_TARGET,
    }[view]


def counts(fit: float = GOOD_FIT) -> dict[str, int]:
    """How many accounts each view has, whatever else is asked for. One query."""
    whole = BuyingCenter.objects.filter(is_default=True)
    return whole.aggregate(**{view: Count("pk", filter=_test(view, fit)) for view in VIEWS})


def rows(view: View, *, q: str = "", tier: str = "", fit: float | None = None) -> QuerySet[BuyingCenter]:
    """The accounts of a view as their whole centers with state, the best fit first, then by name."""
    found = BuyingCenter.objects.filter(_test(view, GOOD_FIT if fit is None else fit), is_default=True)
    if fit is not None:
        found = found.filter(state__fit__gte=fit)
    if q:
        found = found.filter(account__in=matching_accounts(q).values("pk"))
    if tier:
        found = found.filter(account__tier=tier)
    return (
        found.select_related("account__owner_sdr", "state")
        .prefetch_related(_DOMAINS)
        .defer("state__evidence", "state__strip")
        .order_by(F("state__fit").desc(nulls_last=True), "account__name", "pk")
    )


def tiers() -> list[str]:
    """Every tier that an account has."""
    found = Account.objects.exclude(tier__isnull=True).exclude(tier="").order_by("tier")
    return [str(tier) for tier in found.values_list("tier", flat=True).distinct()]


def with_choices(found: Sequence[BuyingCenter]) -> list[tuple[BuyingCenter, Choice | None]]:
    """Each with the latest word on whether it is a target. One query."""
    said = choices([one.account_id for one in found])
    return [(one, said.get(one.account_id)) for one in found]


HEADER = (
    "Desk ID", "Account name", "Domain", "Target account", "Since", "By", "How", "Tier", "ICP", "Fit", "Score", "Stage",
    "Industry", "Employees", "Country", "Owner (SDR)",
)  # fmt: skip


def file_rows(found: QuerySet[BuyingCenter]) -> Iterator[tuple[Any, ...]]:
    """The rows of a view for a file."""
    left = found.iterator(chunk_size=CHUNK)
    while chunk := list(islice(left, CHUNK)):
        for center, choice in with_choices(chunk):
            account, state = center.account, getattr(center, "state", None)
            yield (
                account.pk, account.name, account.domain, "yes" if account.is_target else "no",
                choice.at.strftime("%Y-%m-%d %H:%M:%S") if choice else None,
                choice.by.email if choice and choice.by else None, choice.how if choice else None, account.tier,
                state.icp if state else None, state.fit if state else None, state.score if state else None,
                state.stage if state else "not evaluated yet", account.industry, account.employees, account.country,
                account.owner_sdr.email if account.owner_sdr else None,
            )  # fmt: skip
