"""What the desk goes by when it lets in, marks and withdraws: the active model, the policy, the moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from handoff.actions.core import clocks_of
from handoff.entering import Terms
from handoff.models import DeskPolicy
from handoff.policy import business_calendar, desk_policy
from handoff.sla import BusinessCalendar, claim_due
from handoff.standing import active_config, terms_of
from signals.scoring_config import ScoringConfig


@dataclass(frozen=True, slots=True)
class Rules:
    """What one run goes by: the active model, the desk's policy, the moment."""

    config: ScoringConfig
    terms: Terms
    policy: DeskPolicy
    calendar: BusinessCalendar
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The UTC day."""
        return self.now.astimezone(dt.UTC).date()

    def claim_due(self, *, hand_raise: bool) -> dt.datetime:
        """When something that enters now must have been claimed."""
        return claim_due(self.calendar, clocks_of(self.policy), self.now, hand_raise=hand_raise)


def present_rules(now: dt.datetime | None = None) -> Rules:
    """The rules of this moment."""
    config, policy = active_config(), desk_policy()
    return Rules(config, terms_of(config), policy, business_calendar(policy), now or timezone.now())
