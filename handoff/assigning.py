"""Gives what enters the queue to somebody, by the assignment rules, and again when that somebody is away.

It waits for them alone in the sense of the queue's order and of reminders: claiming stays a person's move, and their
team sees it too.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Coalesce

from accounts.models import Account, User
from accounts.roles import Role
from handoff.models import AssignmentRule, Handoff, HandoffEvent
from handoff.policy import desk_policy
from handoff.routing import Choice, Person, Place, Rule, Territory, choose

_LOOK_BACK = dt.timedelta(days=90)  # whoever got nothing for longer has the next turn


def present_rules() -> list[Rule]:
    """The rules in use, in their order."""
    return [
        Rule(
            pk=row.pk,
            kind=row.kind,  # type: ignore[arg-type]  # the choices are the kinds
            territory=Territory(
                segment=row.segment,
                countries=tuple(row.countries),
                regions=tuple(row.regions),
                industries=tuple(row.industries),
                employees_from=row.employees_from,
                employees_to=row.employees_to,
            ),
            person=row.person_id,
            team=row.team_id,
        )
        for row in AssignmentRule.objects.filter(is_active=True)
    ]


def present_people(at: dt.datetime, *, apart: Handoff | None = None) -> list[Person]:
    """Everybody who may be given something, with what they work and what waits for them, `apart` aside. Five queries."""
    users = User.objects.filter(is_active=True, role__in=(Role.SDR, Role.MANAGER))
    held = dict(Handoff.objects.filter(state="working").order_by().values_list("claimed_by").annotate(n=Count("pk")))
    others = Handoff.objects.exclude(pk=apart.pk) if apart else Handoff.objects.all()
    queued = others.filter(state="queued").annotate(whose=Coalesce("assigned_to", "account__owner_sdr"))
    waiting = dict(queued.order_by().values_list("whose").annotate(n=Count("pk")))
    given = Handoff.objects.filter(assigned_to__isnull=False, assigned_at__gte=at - _LOOK_BACK).order_by()
    turns = dict(given.values_list("assigned_to").annotate(last=Max("assigned_at")))
    limit = desk_policy().claim_limit
    return [
        Person(
            pk=user.pk,
            team=user.team_id if user.role == Role.SDR else None,
            open=held.get(user.pk, 0) + waiting.get(user.pk, 0),
            capacity=limit if user.capacity is None else user.capacity,
            away=user.is_away(at),
            turn=turns[user.pk].timestamp() if user.pk in turns else 0,
        )
        for user in users.order_by("pk")
    ]


def place_of(account: Account) -> Place:
    """What of an account the rules go by."""
    return Place(
        is_target=account.is_target,
        country=account.country or "",
        region=account.region or "",
        industry=account.industry or "",
        employees=account.employees,
        owner=account.owner_sdr_id,
    )


def pick(handoff: Handoff, at: dt.datetime) -> Choice | None:
    """Whom the rules would give a handoff to now; where none finds anybody, its owner, if there."""
    rules = [*present_rules(), Rule(pk=0, kind="owner")]
    return choose(rules, place_of(handoff.account), present_people(at, apart=handoff))


@transaction.atomic
def assign_waiting(handoff: Handoff, *, at: dt.datetime, by: User | None = None) -> User | None:
    """Gives a locked or new queued handoff to whom the rules name, with an event; returns for whom it waits.

    What is the owner's has no mark: it follows the account when that changes hands. None: nobody who is there.
    """
    choice = pick(handoff, at)
    to = choice.person if choice else None
    mark = None if to == handoff.account.owner_sdr_id else to
    user = User.objects.filter(pk=to).first() if to else None
    if mark == handoff.assigned_to_id:
        return user
    rule = choice.rule if choice and mark else None
    before = handoff.assigned_to_id
    handoff.assigned_to_id, handoff.assigned_at, handoff.assigned_rule_id = mark, at if mark else None, rule or None
    handoff.save(update_fields=["assigned_to", "assigned_at", "assigned_rule"])
    HandoffEvent.objects.create(
        handoff=handoff,
        action="routed",
        at=at,
        by=by,
        from_state=handoff.state,
        to_state=handoff.state,
        comment=f"to {user}" if user else "to the pool",
        data={"to": mark, "from": before, "rule": rule},
    )
    return user


def assign_all_waiting(*, by: User, at: dt.datetime) -> int:
    """Applies the rules to everything that waits, each in its own transaction; returns how much changed hands.

    What waits for somebody who is there, and whom a rule named, stays with them: nobody loses what they look at.
    """
    ids = Handoff.objects.filter(state="queued").order_by("queued_at", "pk").values_list("pk", flat=True)
    changed = 0
    for pk in list(ids):
        with transaction.atomic():
            handoff = Handoff.objects.select_for_update(no_key=True).get(pk=pk)
            held = handoff.assigned_to
            if handoff.state != "queued" or (held is not None and held.is_active and not held.is_away(at)):
                continue
            before = handoff.assigned_to_id
            assign_waiting(handoff, at=at, by=by)
            changed += handoff.assigned_to_id != before
    return changed
