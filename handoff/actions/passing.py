"""From the SDR to the AE and back: pass, accept, return (domain.md §5)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability
from handoff import notify
from handoff.actions.claiming import refuse_unable
from handoff.actions.core import authorise, clocks_of, find_reason, lock, record, still_needed
from handoff.groups import pass_needs
from handoff.models import Handoff, HandoffEvent, Reason
from handoff.policy import business_calendar, desk_policy
from handoff.sla import answer_due, decision_due
from handoff.transitions import Need


@transaction.atomic
def pass_to_ae(*, handoff_id: int, ae: User | None, summary: str, next_step: str = "", by: User) -> Handoff:
    """The holder hands it to a named AE, who must answer within the answer clock.

    Refused: held, state, needs (an AE who is there; a validated stakeholder; completeness; a summary note).
    """
    handoff = lock(handoff_id)
    move = authorise(handoff, "pass", by)
    missing = [(True, *need) for need in pass_needs(handoff)]
    if ae is None or missing or not summary.strip():
        raise still_needed((ae is None, Need.AE), *missing, (not summary.strip(), Need.SUMMARY))
    refuse_unable(ae, Capability.RECEIVE, Need.AE)
    policy, at = desk_policy(), timezone.now()
    event = record(
        handoff,
        "pass",
        by=by,
        to=move.to,
        at=at,
        data={"ae": ae.pk},
        passed_by_id=by.pk,
        passed_at=at,
        ae_id=ae.pk,
        summary=summary.strip(),
        next_step=next_step.strip(),
        answer_due_at=answer_due(business_calendar(policy), clocks_of(policy), at),
    )
    text = f"{by} passed {handoff.center} to you."
    notify.tell([ae], kind="passed", text=text, handoff=handoff, event=event, by=by)
    return handoff


@transaction.atomic
def accept(*, handoff_id: int, by: User) -> Handoff:
    """The AE whom it was passed to, or reassigned to, takes it: sales accepted."""
    handoff = lock(handoff_id)
    move = authorise(handoff, "accept", by)
    at = timezone.now()
    event = record(handoff, "accept", by=by, to=move.to, at=at, accepted_by_id=by.pk, accepted_at=at)
    _tell_sdr(handoff, f"{by} accepted {handoff.center}.", "accepted", event, by)
    return handoff


@transaction.atomic
def return_to_sdr(*, handoff_id: int, reason: str | Reason | None, comment: str, by: User) -> Handoff:
    """That AE gives it back to the SDR who claimed it, with a reason and a comment; the decision clock starts anew."""
    handoff = lock(handoff_id)
    move = authorise(handoff, "return", by)
    why = find_reason(Reason.Kind.RETURN, reason)
    if why is None or not comment.strip():
        raise still_needed((why is None, Need.REASON), (not comment.strip(), Need.COMMENT))
    policy, at = desk_policy(), timezone.now()
    event = record(
        handoff,
        "return",
        by=by,
        to=move.to,
        at=at,
        reason=why,
        comment=comment.strip(),
        data={"ae": by.pk},
        answer_due_at=None,
        decision_due_at=decision_due(business_calendar(policy), clocks_of(policy), at),
    )
    _tell_sdr(handoff, f"{by} returned {handoff.center}: {why.label.lower()}.", "returned", event, by)
    return handoff


def _tell_sdr(handoff: Handoff, text: str, kind: str, event: HandoffEvent, by: User) -> None:
    people = (
        [handoff.claimed_by]
        if handoff.passed_by_id == handoff.claimed_by_id
        else [handoff.claimed_by, handoff.passed_by]
    )
    notify.tell(people, kind=kind, text=text, handoff=handoff, event=event, by=by)
