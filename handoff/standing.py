"""What the desk must know of a center and its account before it lets it in; the model's terms."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from accounts.models import Account, BuyingCenter
from handoff.entering import Closing, Standing, Terms
from handoff.models import CLOSED_STATES, OPEN_STATES, Handoff, Opportunity
from signals.facts import customer_status
from signals.publishing import active_model, config_of
from signals.scoring_config import ScoringConfig


def active_config() -> ScoringConfig:
    """The document of the active model."""
    return config_of(active_model())


def terms_of(config: ScoringConfig) -> Terms:
    """The handover days and margins of a model."""
    return Terms(**config.handover.model_dump())


def is_present_customer(account: Account, today: dt.date) -> bool:
    """True while the account is a customer on `today`; dates decide, else the lifecycle."""
    since, until = account.customer_since, account.customer_until
    return (
        customer_status(
            account.lifecycle, since.isoformat() if since else "", until.isoformat() if until else "", today
        )
        == "present"
    )


def standing_of(center: BuyingCenter, config: ScoringConfig, today: dt.date) -> Standing:
    """The facts that decide about entering. Three queries, beside the account's."""
    account = center.account
    return Standing(
        open_opportunity=Opportunity.objects.filter(account=account, stage=Opportunity.Stage.OPEN).exists(),
        present_customer=is_present_customer(account, today),
        expansion=config.policy_for(is_target=account.is_target).expansion,
        elsewhere=open_elsewhere(center) is not None,
        last=_last_closing(center),
    )


def open_elsewhere(center: BuyingCenter) -> Handoff | None:
    """The open handoff that keeps this center out: the whole's for a named center, a named one's for the whole."""
    others = Q(center__is_default=False) if center.is_default else Q(center__is_default=True)
    found = Handoff.objects.filter(others, account=center.account_id, state__in=OPEN_STATES)
    return found.order_by("queued_at", "id").first()


def last_closed(center: BuyingCenter) -> Handoff | None:
    """The center's handoff that was closed last."""
    return Handoff.objects.filter(center=center, state__in=CLOSED_STATES).order_by("-closed_at", "-id").first()


def _last_closing(center: BuyingCenter) -> Closing | None:
    last = last_closed(center)
    if last is None or last.closed_at is None:
        return None
    return Closing(last.state, last.closed_at.astimezone(dt.UTC).date(), last.comeback_on, last.score_at_close)
