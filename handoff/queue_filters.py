"""What the queue's address asks for: filters and the order of its columns. What can't be read is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Domain
from accounts.roles import Role
from handoff.forms import ListFilter, UserChoice, people_of
from handoff.models import Handoff
from handoff.queries import SCOPES


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that one can ask for. `down`: what a first click gives is the greatest first."""

    label: str
    by: Any
    down: bool
    up_words: str
    down_words: str


SORTS: Final[dict[str, Sort]] = {
    "account": Sort("account", Lower("account__name"), False, "A to Z", "Z to A"),
    "touch": Sort("last touch", F("center__state__last_touch_at"), True, "oldest first", "latest first"),
    "engagement": Sort("engagement", F("center__state__engagement"), True, "lowest first", "highest first"),
    "score": Sort("score", F("center__state__score"), True, "lowest first", "highest first"),
    "due": Sort("due time", F("due_at"), False, "nearest first", "latest first"),
}


class QueueFilter(ListFilter):
    """What of the queue one wants to see, and in which order ("" is the queue's own, domain.md §5)."""

    q = forms.CharField(
        required=False, max_length=100, label="Account", widget=forms.TextInput(attrs={"type": "search"})
    )
    target = forms.BooleanField(required=False, label="Target accounts")
    late = forms.BooleanField(required=False, label="Overdue")
    person = UserChoice(queryset=people_of(Role.SDR, Role.AE), required=False, label="With")
    industry = forms.CharField(required=False, max_length=120)
    region = forms.CharField(required=False, max_length=80)
    theme = forms.CharField(required=False, max_length=80)
    score = forms.FloatField(required=False, min_value=0, max_value=100, label="Score at least")
    sort = forms.CharField(required=False, max_length=12)

    def clean_sort(self) -> str:
        """One of SORTS, with "-" before it for the greatest first."""
        wanted: str = self.cleaned_data["sort"]
        return wanted if wanted.removeprefix("-") in SORTS else ""

    @property
    def values(self) -> dict[str, Any]:
        """The filters that are set, by name; the order is none."""
        return {name: value for name, value in super().values.items() if name != "sort"}

    @property
    def order(self) -> str:
        """The order that is asked for."""
        return str(self.cleaned_data.get("sort", ""))

    def apply(self, found: QuerySet[Handoff]) -> QuerySet[Handoff]:
        """`found`, which handoff.queries.queue gave, narrowed to what is asked for, in the order that is asked for."""
        wanted, test = self.values, Q()
        if text := wanted.get("q"):
            primary = Domain.objects.filter(
                account=OuterRef("account"), is_primary=True, name__istartswith=text.lower()
            )
            test &= Q(account__name__icontains=text) | Q(Exists(primary))  # a join would show a row per domain
        if wanted.get("target"):
            test &= Q(account__is_target=True)
        if wanted.get("late"):
            test &= Q(due_at__lt=timezone.now())
        if person := wanted.get("person"):
            test &= (
                Q(state="working", claimed_by=person)
                | Q(state__in=("passed", "accepted", "opportunity"), ae=person)
                | Q(state="queued", assigned_to=person)
                | Q(state="queued", assigned_to__isnull=True, account__owner_sdr=person)
            )
        for name in ("industry", "region"):
            if name in wanted:
                test &= Q(**{f"account__{name}": wanted[name]})
        if "theme" in wanted:
            test &= Q(center__state__theme__key=wanted["theme"])
        if "score" in wanted:
            test &= Q(center__state__score__gte=wanted["score"])
        found = found.filter(test) if test else found
        if not self.order:
            return found
        by = SORTS[self.order.removeprefix("-")].by
        down = self.order.startswith("-")
        return found.order_by(by.desc(nulls_last=True) if down else by.asc(nulls_last=True), "id")


def sort_words(sort: str) -> str:
    """The order "-score" as “Sorted by score, highest first”."""
    one = SORTS[sort.removeprefix("-")]
    return f"Sorted by {one.label}, {one.down_words if sort.startswith('-') else one.up_words}"


def canonical(query: str) -> str:
    """What of an address's query can be kept: scope, filters and order in one order, whatever else it says."""
    asked = QueryDict(query)
    filters = QueueFilter(asked)
    scope = asked.get("scope", "")
    kept: list[tuple[str, str]] = [("scope", scope)] if scope in SCOPES else []
    for name, value in sorted(filters.values.items()):
        if value is True:
            kept.append((name, "on"))
        elif isinstance(value, float):
            kept.append((name, f"{value:g}"))
        else:
            kept.append((name, str(getattr(value, "pk", value))))
    if filters.order:
        kept.append(("sort", filters.order))
    return urlencode(kept)
