"""The deal: opportunity opened, won, lost (domain.md §5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from handoff import notify
from handoff.actions.closing import closed_columns
from handoff.actions.core import authorise, find_reason, lock, record, still_needed
from handoff.errors import MoveRefused
from handoff.lifecycle import deal_lost, deal_opened, deal_won
from handoff.models import Handoff, HandoffEvent, Opportunity, Reason
from handoff.transitions import Need


@transaction.atomic
def open_opportunity(
    *,
    handoff_id: int,
    by: User,
    opportunity: Opportunity | int | None = None,
    name: str = "",
    amount: Decimal | None = None,
    currency: str = "USD",
    expected_close_on: dt.date | None = None,
) -> Handoff:
    """The AE qualifies it: a new opportunity, or an open one of this account (sales qualified).

    Refused: held, state, needs.
    """
    handoff = lock(handoff_id)
    move = authorise(handoff, "opportunity", by)
    at = timezone.now()
    if opportunity is not None:
        deal, created = _existing(handoff, opportunity), False
    else:
        missing = _missing(name, amount, currency, expected_close_on)
        if missing:
            raise still_needed(*((True, Need.OPPORTUNITY, words) for words in missing))
        deal, created = (
            Opportunity.objects.create(
                account_id=handoff.account_id,
                name=name.strip(),
                amount=amount,
                currency=currency.upper(),
                owner=by,
                created_at=at,
                expected_close_on=expected_close_on,
            ),
            True,
        )
    event = record(
        handoff,
        "opportunity",
        by=by,
        to=move.to,
        at=at,
        data={"opportunity": deal.pk, "created": created, "account": deal_opened(handoff.account, by)},
        opportunity_id=deal.pk,
        opportunity_at=at,
    )
    text = f"{by} opened the opportunity {deal.name} at {handoff.center}."
    _tell_sdr(handoff, text, "opportunity", event, by)
    return handoff


def _existing(handoff: Handoff, opportunity: Opportunity | int) -> Opportunity:
    pk = opportunity.pk if isinstance(opportunity, Opportunity) else opportunity
    deal = Opportunity.objects.select_for_update(no_key=True).filter(pk=pk, account=handoff.account_id).first()
    if deal is None or deal.stage != Opportunity.Stage.OPEN:
        raise still_needed((True, Need.OPPORTUNITY, "an open opportunity of this account"))
    return deal


def _missing(name: str, amount: Decimal | None, currency: str, expected_close_on: dt.date | None) -> list[str]:
    missing = []
    if not name.strip():
        missing.append("a name of the opportunity")
    if amount is None or amount < 0:
        missing.append("an amount of 0 or more")
    if len(currency.strip()) != 3 or not currency.strip().isalpha():
        missing.append("a currency of three letters")
    if expected_close_on is None:
        missing.append("the day on which it is expected to close")
    return missing


@transaction.atomic
def win(*, handoff_id: int, amount: Decimal | None, closed_on: dt.date | None, by: User) -> Handoff:
    """The AE won the deal, for `amount` in the opportunity's currency. Refused: held, state, needs."""
    handoff = lock(handoff_id)
    move = authorise(handoff, "win", by)
    at = timezone.now()
    if amount is None or amount < 0 or closed_on is None or _is_future(closed_on, at):
        wrong = amount is None or amount < 0
        raise still_needed((wrong, Need.AMOUNT, "an amount of 0 or more"), _missing_day(closed_on, at))
    deal = _open_deal(handoff)
    before = {"amount": str(deal.amount) if deal.amount is not None else None}
    deal.stage, deal.amount, deal.closed_on = Opportunity.Stage.WON, amount, closed_on
    deal.save(update_fields=["stage", "amount", "closed_on"])
    data = {"deal": before, "account": deal_won(handoff.account, closed_on, by)}
    event = record(handoff, "win", by=by, to=move.to, at=at, data=data, **closed_columns(handoff, by, at))
    _tell_sdr(handoff, f"{by} won {deal.name} at {handoff.center}.", "won", event, by)
    return handoff


@transaction.atomic
def lose(
    *, handoff_id: int, reason: str | Reason | None, closed_on: dt.date | None, by: User, comment: str = ""
) -> Handoff:
    """The AE lost the deal, with a loss reason. Refused: held, state, needs."""
    handoff = lock(handoff_id)
    move = authorise(handoff, "lose", by)
    at = timezone.now()
    why = find_reason(Reason.Kind.LOSS, reason)
    if why is None or closed_on is None or _is_future(closed_on, at):
        raise still_needed((why is None, Need.REASON, "a loss reason"), _missing_day(closed_on, at))
    deal = _open_deal(handoff)
    deal.stage, deal.closed_on, deal.loss_reason = Opportunity.Stage.LOST, closed_on, why.label
    deal.save(update_fields=["stage", "closed_on", "loss_reason"])
    event = record(
        handoff,
        "lose",
        by=by,
        to=move.to,
        at=at,
        reason=why,
        comment=comment.strip(),
        data={"deal": {}, "account": deal_lost(handoff.account, by)},
        reason_id=why.pk,
        **closed_columns(handoff, by, at),
    )
    _tell_sdr(handoff, f"{by} lost {deal.name} at {handoff.center}: {why.label.lower()}.", "lost", event, by)
    return handoff


def _is_future(day: dt.date, at: dt.datetime) -> bool:
    """True for a day that has not begun anywhere on earth."""
    return day > (at + dt.timedelta(days=1)).date()


def _missing_day(day: dt.date | None, at: dt.datetime) -> tuple[bool, Need, str]:
    if day is None:
        return True, Need.DATE, "the day on which it closed"
    return _is_future(day, at), Need.DATE, "a closing day that is not in the future"


def _open_deal(handoff: Handoff) -> Opportunity:
    deal = Opportunity.objects.select_for_update(no_key=True).get(handoffs=handoff)
    if deal.stage != Opportunity.Stage.OPEN:
        raise MoveRefused(f"{deal.name} was already {deal.get_stage_display().lower()}.", "state")
    return deal


def _tell_sdr(handoff: Handoff, text: str, kind: str, event: HandoffEvent, by: User) -> None:
    people = [handoff.claimed_by, handoff.passed_by]
    notify.tell(people, kind=kind, text=text, handoff=handoff, event=event, by=by)
