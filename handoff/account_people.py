"""The people of an account as its page shows them: who gave what, whom to call."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Account, BuyingCenter, Contact, User
from handoff import shown
from signals.models import CenterState, Touch
from signals.telling import evidence_of

CALL_LIST = 8


@dataclass(slots=True)
class Caller:
    """Somebody to call: the person, what they gave, when they were last seen."""

    contact: Contact
    points: float = 0.0
    share: float = 0.0
    tiers: tuple[float, ...] = (0.0, 0.0, 0.0)  # points by tier, high first
    last_touch_at: dt.datetime | None = None
    touches: int = 0
    did: str = ""
    is_mql: bool = False


@dataclass
class PeoplePage:
    """An account at one center as it was last evaluated, and its people."""

    account: Account
    center: BuyingCenter
    centers: list[BuyingCenter]
    user: User
    now: dt.datetime = field(default_factory=timezone.now)

    @property
    def today(self) -> dt.date:
        """The UTC day."""
        return self.now.astimezone(dt.UTC).date()

    @property
    def state(self) -> CenterState | None:
        """The present evaluation, None before the first."""
        return getattr(self.center, "state", None)

    @property
    def evaluated(self) -> bool:
        """False where the page says "not evaluated yet"."""
        return self.state is not None and self.state.evaluated_at is not None

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """The evidence of the present evaluation."""
        return evidence_of(self.state)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The document of the model that evaluated it; empty before the first evaluation."""
        return self.state.model.config if self.state and self.state.model else {}

    @cached_property
    def people(self) -> dict[int, Contact]:
        """People of the account, those with points first by the evidence; at most 300."""
        ids = self._named_ids
        found = Contact.objects.filter(account=self.account).select_related("persona").order_by("-pk")[:300]
        people = {contact.pk: contact for contact in found}
        missing = ids - set(people)
        if missing:
            people |= Contact.objects.select_related("persona").in_bulk(missing)
        return people

    @property
    def _named_ids(self) -> set[int]:
        ids = {item["contact"] for item in self.evidence.get("contributions", []) if item.get("contact")}
        return ids | {pk for gate in self.evidence.get("gates", []) for pk in gate.get("people", [])}

    @cached_property
    def activity(self) -> list[dict[str, Any]]:
        """Inbound touches of 90 days by person, day and type: how many, the last. One query."""
        since = dt.datetime.combine(self.today - dt.timedelta(days=shown.STRIP_DAYS - 1), dt.time(), dt.UTC)
        test = Q(account=self.account, occurred_at__gte=since, ignored="", touch_type__direction="inbound")
        if not self.center.is_default:
            test &= Q(contact__center=self.center)
        return list(
            Touch.objects.filter(test)
            .order_by()
            .values(
                "contact_id",
                "touch_type__key",
                "touch_type__name",
                "touch_type__tier",
                day=TruncDate("occurred_at", tzinfo=dt.UTC),
            )
            .annotate(times=Count("pk"), last=Max("occurred_at"))
        )

    @cached_property
    def callers(self) -> list[Caller]:
        """Whom to call: the people with most points, then those last seen."""
        mqls = set(self.evidence.get("mqls", []))
        callers = {
            pk: Caller(contact, is_mql=pk in mqls)
            for pk, contact in self.people.items()
            if not contact.erased_at and self._here(contact)
        }
        for item in self.evidence.get("contributions", []):
            if caller := callers.get(item.get("contact") or 0):
                caller.points, caller.share = item["points"], item["share"]
        weights: dict[int, dict[str, float]] = defaultdict(lambda: {"high": 0.0, "mid": 0.0, "low": 0.0})
        did: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.activity:
            if caller := callers.get(row["contact_id"] or 0):
                weights[row["contact_id"]][row["touch_type__tier"]] += row["times"] * self._weight(row)
                did[row["contact_id"]][row["touch_type__name"]] += row["times"]
                caller.touches += row["times"]
                if caller.last_touch_at is None or row["last"] > caller.last_touch_at:
                    caller.last_touch_at = row["last"]
        for pk, caller in callers.items():
            whole = sum(weights[pk].values())
            caller.tiers = tuple(caller.points * part / whole if whole else 0.0 for part in weights[pk].values())
            top = sorted(did[pk].items(), key=lambda item: -item[1])[:3]
            caller.did = ", ".join(f"{name.lower()} ×{times}" if times > 1 else name.lower() for name, times in top)
        early = dt.datetime.min.replace(tzinfo=dt.UTC)
        return sorted(
            callers.values(),
            key=lambda one: (
                -one.points,
                -(one.last_touch_at or early).timestamp() if one.last_touch_at else 0,
                one.contact.pk,
            ),
        )

    def _weight(self, row: dict[str, Any]) -> float:
        """What the model that evaluated it weighs a touch of this type, before decay."""
        own = self.config.get("type_weights", {}).get(row["touch_type__key"])
        return float(self.config.get("tier_weights", {}).get(row["touch_type__tier"], 1) if own is None else own)

    def _here(self, contact: Contact) -> bool:
        return self.center.is_default or contact.center_id == self.center.pk

    @property
    def to_call(self) -> list[Caller]:
        """The first of `callers`."""
        return self.callers[:CALL_LIST]

    @property
    def others(self) -> int:
        """How many people are known beside `to_call`."""
        return max(0, len(self.callers) - CALL_LIST)

    @property
    def most_points(self) -> float:
        """The longest tier bar."""
        return max((one.points for one in self.to_call), default=0.0)

    @property
    def visitors(self) -> dict[str, Any] | None:
        """What people whom nobody knows gave."""
        return next((item for item in self.evidence.get("contributions", []) if item.get("contact") is None), None)
