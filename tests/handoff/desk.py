"""Rows for the desk's tests: people of each role, accounts with a state, handoffs in each state."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from accounts.models import Account, BuyingCenter, Contact, Team, User
from handoff import starter
from handoff.models import (
    BuyingGroup,
    BuyingGroupMember,
    Handoff,
    HandoffState,
    Opportunity,
)
from signals.models import CenterState, Decision, Transition
from signals.publishing import active_model

_numbers = itertools.count(1)

# A Wednesday, inside the business hours of a UTC calendar.
NOW = dt.datetime(2026, 3, 11, 10, 0, tzinfo=dt.UTC)


def user(role: str, name: str = "", **fields: Any) -> User:
    """Somebody of `role`."""
    number = next(_numbers)
    return User.objects.create_user(
        f"{role}{number}@desk.example", name=name or f"{role.upper()} {number}", role=role, **fields
    )


def team(name: str = "") -> Team:
    """A team."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}")


def account(name: str = "", **fields: Any) -> Account:
    """An account with its default center."""
    company = Account.objects.create(name=name or f"Company {next(_numbers)}", **fields)
    BuyingCenter.objects.create(account=company, is_default=True)
    return company


def contact(company: Account, **fields: Any) -> Contact:
    """A person of the account."""
    return Contact.objects.create(account=company, email=f"p{next(_numbers)}@people.example", **fields)


def whole(company: Account) -> BuyingCenter:
    """The default center."""
    return company.centers.get(is_default=True)


def decision(
    center: BuyingCenter, *, qualified: bool = True, score: float = 80.0, as_of: dt.datetime | None = None
) -> Decision:
    """What the active model said."""
    return Decision.objects.create(
        center=center,
        account_id=center.account_id,
        model=active_model(),
        as_of=as_of or timezone.now(),
        qualified=qualified,
        block="" if qualified else "threshold",
        stage="mqa" if qualified else "consideration",
        icp="in",
        score=score,
        fit=100.0,
        engagement=80.0,
        intent=60.0,
        points_micro=40_000_000,
        evidence={},
    )


def state(center: BuyingCenter, *, qualified: bool = True, score: float = 80.0, **fields: Any) -> CenterState:
    """The center's latest evaluation, written over the one before."""
    found = fields.pop("decision", None) or decision(center, qualified=qualified, score=score)
    row, _ = CenterState.objects.update_or_create(
        center=center,
        defaults={
            "account_id": center.account_id,
            "model": found.model,
            "evaluated_at": timezone.now(),
            "as_of_day": timezone.now().date(),
            "score": score,
            "icp": "in",
            "qualified": qualified,
            "block": "" if qualified else "threshold",
            "stage": "mqa" if qualified else "consideration",
            "decision": found,
            **fields,
        },
    )
    return row


def announce(center: BuyingCenter | None, kind: str, *, found: Decision | None = None, **fields: Any) -> Transition:
    """What scoring tells the desk."""
    return Transition.objects.create(
        kind=kind, center=center, decision=found, **{"occurred_at": timezone.now(), **fields}
    )


def qualify(center: BuyingCenter, *, score: float = 80.0) -> Transition:
    """The center qualifies now: decision, state and transition as scoring writes them."""
    found = decision(center, score=score)
    state(center, score=score, decision=found)
    return announce(center, "qualified", found=found)


def unqualify(center: BuyingCenter, *, score: float = 60.0) -> Transition:
    """The center stops qualifying now."""
    found = decision(center, qualified=False, score=score)
    state(center, qualified=False, score=score, decision=found, unqualified_since=timezone.now().date())
    return announce(center, "unqualified", found=found)


def raise_hand(center: BuyingCenter | None, touch_id: int, **fields: Any) -> Transition:
    """Somebody asks to be called."""
    return announce(center, "hand_raise", touch_id=touch_id, **fields)


def handoff(
    status: str = "queued",
    *,
    company: Account | None = None,
    center: BuyingCenter | None = None,
    sdr: User | None = None,
    ae: User | None = None,
    **fields: Any,
) -> Handoff:
    """A handoff in a state, as the moves would have left it."""
    center = center or whole(company or account())
    now = timezone.now()
    columns: dict[str, Any] = {
        "state": status,
        "is_mqa": True,
        "qualified_at": now,
        "queued_at": now,
        "state_since": now,
    }
    columns["claim_due_at"] = now + dt.timedelta(hours=4)
    if status not in {"queued", "withdrawn"}:
        columns |= {
            "claimed_by": sdr or user("sdr"),
            "claimed_at": now,
            "decision_due_at": now + dt.timedelta(days=7),
            "outreach_due_at": now + dt.timedelta(hours=24),
        }
    if status in {"passed", "accepted", "opportunity", "won", "lost"}:
        columns |= {
            "ae": ae or user("ae"),
            "passed_by": columns["claimed_by"],
            "passed_at": now,
            "summary": "They buy.",
        }
        columns["answer_due_at"] = now + dt.timedelta(days=2)
    if status in {"accepted", "opportunity", "won", "lost"}:
        columns |= {"accepted_by": columns["ae"], "accepted_at": now}
    if status in {"opportunity", "won", "lost"}:
        stage = {"opportunity": "open"}.get(status, status)
        columns["opportunity"] = Opportunity.objects.create(
            account=center.account,
            name="Roll-out",
            amount=1000,
            stage=stage,
            closed_on=None if stage == "open" else now.date(),
        )
        columns["opportunity_at"] = now
    if status in {"won", "lost", "recycled", "disqualified", "withdrawn"}:
        columns |= {"closed_at": now, "score_at_close": 70.0}
    return Handoff.objects.create(center=center, account=center.account, **{**columns, **fields})


def ready_to_pass(row: Handoff) -> list[Contact]:
    """Two validated stakeholders of four required roles: completeness 0.5."""
    people = []
    group, _ = BuyingGroup.objects.get_or_create(center=row.center)
    for role in ("champion", "economic_buyer"):
        person = contact(row.account, last_name=role)
        BuyingGroupMember.objects.create(group=group, contact=person, role=role, status="validated")
        people.append(person)
    return people


def everything(row: Handoff) -> tuple[Any, ...]:
    """All columns of a handoff and how many events it has: for asserting that nothing changed."""
    values = Handoff.objects.filter(pk=row.pk).values_list().get()
    return (*values, row.events.count())


STATES = [state.value for state in HandoffState]
install = starter.install
