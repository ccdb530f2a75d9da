"""Everything that the page of one account shows, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.formatting import counted
from accounts.models import Account, AccountTechnology, BuyingCenter, CustomField, User
from accounts.targets import Choice, choices
from accounts.timeline import MAX_PEOPLE
from handoff import shown
from handoff.account_people import PeoplePage
from handoff.models import CLOSED_STATES, OPEN_STATES, Handoff, HandoffEvent, Note, Opportunity
from handoff.page_queries import PRIMARY_DOMAINS
from signals import ladder
from signals.models import CenterState, Decision, IntentSignal, Theme, Touch, TouchType

RECENT_TOUCHES = 50
TOUCHES_SHOWN = 8


@dataclass(slots=True)
class Topic:
    """A topic that the account researches elsewhere."""

    name: str
    composite: float
    observed_on: dt.date
    surges: bool


@dataclass
class AccountPage(PeoplePage):
    """One account at one center, for one reader. Each part is read when the template first asks for it."""

    @cached_property
    def handoffs(self) -> list[Handoff]:
        """All journeys of the center, the latest first."""
        return list(
            Handoff.objects.filter(center=self.center)
            .select_related("claimed_by", "ae", "passed_by", "reason", "opportunity", "account", "center__account")
            .order_by("-queued_at", "-id")[:20]
        )

    @cached_property
    def handoff(self) -> Handoff | None:
        """The open journey, else the latest one."""
        return next(
            (one for one in self.handoffs if one.state in OPEN_STATES), self.handoffs[0] if self.handoffs else None
        )

    @property
    def open_handoff(self) -> Handoff | None:
        """The open journey."""
        return self.handoff if self.handoff and self.handoff.state in OPEN_STATES else None

    @cached_property
    def elsewhere(self) -> Handoff | None:
        """The open journey of another center of this account."""
        if len(self.centers) < 2:
            return None
        found = Handoff.objects.filter(account=self.account, state__in=OPEN_STATES).exclude(center=self.center.pk)
        return found.select_related("center", "claimed_by", "ae").order_by("queued_at").first()

    @property
    def splittable(self) -> list[BuyingCenter]:
        """Named centers that qualify while the whole account is at the desk, and have no journey of their own."""
        if not self.open_handoff or not self.center.is_default or self.elsewhere:
            return []
        named = [one for one in self.centers if not one.is_default]
        return [one for one in named if getattr(one, "state", None) and one.state.qualified]

    @property
    def closed_handoff(self) -> Handoff | None:
        """The latest journey when it is over."""
        return self.handoff if self.handoff and self.handoff.state in CLOSED_STATES else None

    @property
    def clock(self) -> shown.Clock | None:
        """The clock that runs."""
        return shown.clock(self.open_handoff) if self.open_handoff else None

    # the gates

    @cached_property
    def rungs(self) -> list[ladder.Rung]:
        """The five gates in words."""
        ids = {pk for gate in self.evidence.get("gates", []) for pk in gate.get("people", [])}
        people = {pk: self.people[pk].title or self.people[pk].full_name for pk in ids if pk in self.people}
        return ladder.rungs(self.evidence, ladder.Names(people=people, themes=self.themes, company=self.company))

    @property
    def warnings(self) -> list[str]:
        """What makes the verdict weaker."""
        return ladder.warnings(self.evidence)

    @cached_property
    def company(self) -> str:
        """“Logistics, 1,200 people, uses SAP, evaluating an iPaaS”."""
        account = self.account
        parts = [account.industry or "", counted(account.employees, "person,people") if account.employees else ""]
        for status, word in (
            (AccountTechnology.Status.USES, "uses"),
            (AccountTechnology.Status.EVALUATING, "evaluating"),
        ):
            names = [row.technology.name for row in self.technologies if row.status == status][:2]
            if names:
                parts.append(f"{word} {' and '.join(names)}")
        return ", ".join(part for part in parts if part)

    @cached_property
    def technologies(self) -> list[AccountTechnology]:
        """What it uses and evaluates, as known now."""
        found = AccountTechnology.objects.filter(account=self.account, known_until__isnull=True)
        return list(found.select_related("technology").order_by("status", "technology__name"))

    @cached_property
    def custom(self) -> list[tuple[str, Any]]:
        """Fields that an admin added, by their labels."""
        values = self.account.custom
        if not values:
            return []
        labels = dict(CustomField.objects.filter(key__in=values).values_list("key", "label"))
        return sorted((labels.get(key, key), value) for key, value in values.items() if value not in (None, ""))

    @cached_property
    def targeted(self) -> Choice | None:
        """Who made it a target account, and when."""
        return choices([self.account.pk]).get(self.account.pk) if self.account.is_target else None

    # engagement

    @cached_property
    def days(self) -> list[tuple[dt.date, float, float, float]]:
        """Points of each of the last 90 days by tier."""
        rows = shown.filled(self.state.strip, self.today) if self.state else []
        return rows if any(any(points) for _, *points in rows) else []

    @cached_property
    def people_days(self) -> list[tuple[str, set[dt.date]]]:
        """Active days of the people with most points."""
        days: dict[int, set[dt.date]] = defaultdict(set)
        for row in self.activity:
            if row["contact_id"]:
                days[row["contact_id"]].add(row["day"])
        seen = [one for one in self.callers if days.get(one.contact.pk)]
        return [(one.contact.full_name, days[one.contact.pk]) for one in seen[:MAX_PEOPLE]]

    @property
    def qualified_at(self) -> dt.datetime | None:
        """The moment of the present journey, else since when it qualifies."""
        if self.open_handoff and self.open_handoff.qualified_at:
            return self.open_handoff.qualified_at
        return self.state.qualified_since if self.state else None

    @cached_property
    def touches(self) -> list[Touch]:
        """The latest touches, as they are read now."""
        found = (
            Touch.objects.filter(account=self.account).select_related("touch_type", "theme", "contact").defer("payload")
        )
        if not self.center.is_default:
            found = found.filter(contact__center=self.center)
        return list(found.order_by("-occurred_at", "-id")[:RECENT_TOUCHES])

    @property
    def first_touches(self) -> list[Touch]:
        """Those that are shown at once."""
        return self.touches[:TOUCHES_SHOWN]

    @property
    def more_touches(self) -> list[Touch]:
        """Those that are shown when asked for."""
        return self.touches[TOUCHES_SHOWN:]

    # score

    @cached_property
    def change(self) -> float | None:
        """The score now less the one of 14 days ago, from the decisions; None where there was none."""
        if self.state is None or self.state.score is None:
            return None
        before = self.now - dt.timedelta(days=14)
        past = next((one for one in self.decisions if one.as_of <= before), None)
        return self.state.score - past.score if past else None

    @property
    def percentile(self) -> str:
        """“97th”, empty where it is not computed yet."""
        value = self.state.engagement_score if self.state else None
        return "" if value is None else shown.ordinal(value)

    @cached_property
    def decisions(self) -> list[Decision]:
        """The latest decisions, without their evidence."""
        found = (
            Decision.objects.filter(center=self.center).select_related("model").defer(*Decision.WIDE, "model__config")
        )
        return list(found.order_by("-as_of", "-id")[:30])

    # interest

    @cached_property
    def themes(self) -> dict[int, str]:
        """Names of the themes that the evidence speaks of."""
        ids = {item["theme"] for item in self.evidence.get("themes", []) if item.get("theme")}
        ids |= {gate["theme"] for gate in self.evidence.get("gates", []) if gate.get("theme")}
        return dict(Theme.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}

    @property
    def interests(self) -> list[tuple[str, float]]:
        """Themes of the cluster with their share of its points."""
        return [
            (self.themes[item["theme"]], item["share"])
            for item in self.evidence.get("themes", [])
            if item.get("theme") in self.themes
        ][:5]

    @cached_property
    def type_names(self) -> dict[str, str]:
        """Names of the touch types near to a decision that gave points."""
        keys = [item["type"] for item in self.evidence.get("types", [])]
        telling = TouchType.objects.filter(key__in=keys, tier__in=("high", "mid"))
        return dict(telling.values_list("key", "name")) if keys else {}

    @property
    def kinds(self) -> list[tuple[str, float, int]]:
        """What gave the points: the type's name, its share, how often."""
        return [
            (self.type_names[item["type"]], item["share"], item["touches"])
            for item in self.evidence.get("types", [])
            if item["points"] > 0 and item["type"] in self.type_names
        ][:6]

    @cached_property
    def topics(self) -> list[Topic]:
        """The latest signal of each topic within the model's window, the strongest first."""
        rules = self.config.get("intent", {})
        bar = rules.get("surge", 60)
        since = self.today - dt.timedelta(days=rules.get("window_days", 21) - 1)
        rows = (
            IntentSignal.objects.filter(account=self.account, observed_on__gte=since, observed_on__lte=self.today)
            .select_related("topic")
            .order_by("-observed_on", "-received_at", "-id")[:200]
        )
        found: dict[tuple[int, str, str], IntentSignal] = {}
        for row in rows:
            found.setdefault((row.topic_id, row.provider, row.kind), row)
        best: dict[str, Topic] = {}
        for row in found.values():
            if row.topic.name not in best or best[row.topic.name].composite < row.composite:
                best[row.topic.name] = Topic(row.topic.name, row.composite, row.observed_on, row.composite >= bar)
        return sorted(best.values(), key=lambda one: -one.composite)[:6]

    # what was said and done

    @cached_property
    def notes(self) -> list[Note]:
        """Pinned notes, then the latest."""
        found = Note.objects.filter(account=self.account).select_related("author").prefetch_related("mentions")
        return list(found[:30])

    @cached_property
    def events(self) -> list[HandoffEvent]:
        """Every change of state of the center's journeys, the latest first."""
        found = HandoffEvent.objects.filter(handoff__center=self.center).select_related("by", "reason", "handoff__ae")
        return list(found.order_by("-at", "-id")[:40])

    @cached_property
    def opportunities(self) -> list[Opportunity]:
        """Deals at the account, the latest first."""
        return list(Opportunity.objects.filter(account=self.account).select_related("owner")[:10])

    @cached_property
    def other_centers(self) -> list[tuple[BuyingCenter, CenterState | None]]:
        """The account's centers with their states, where there is more than the whole."""
        if len(self.centers) < 2:
            return []
        return [(one, getattr(one, "state", None)) for one in self.centers]


def utc_today() -> dt.date:
    """The UTC day, by which time is counted (domain.md §3)."""
    return timezone.now().astimezone(dt.UTC).date()


def read(pk: int, user: User, center: str = "") -> AccountPage:
    """The page of an account: at the named `center` if it is one of its own, else as a whole. Raises Http404."""
    account = get_object_or_404(
        Account.objects.select_related("owner_sdr", "owner_ae", "parent").prefetch_related(PRIMARY_DOMAINS), pk=pk
    )
    centers = list(
        BuyingCenter.objects.filter(account=account).select_related("state__theme", "state__model", "account")
    )
    whole = next((one for one in centers if one.is_default), None)
    wanted = next((one for one in centers if center.isdigit() and one.pk == int(center)), whole)
    if wanted is None:
        wanted = BuyingCenter(account=account, is_default=True)
    return AccountPage(account=account, center=wanted, centers=centers, user=user)
