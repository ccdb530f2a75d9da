"""Gives what enters the queue to somebody, by the assignment rules, and again when that somebody is away.

It waits for them alone in the sense of the queue's order and of reminders: claiming stays a person's move, and their
team sees it too.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Coalesce

from accounts.models import Account, User
from accounts.roles import Role
from handoff.models import AssignmentRule, Handoff, HandoffEvent
from handoff.policy import desk_policy
from handoff.routing import Choice, Person, Place, Rule, Territory, Waiting, choose, choose_all

NEW = -1  # stands for the key of a rule that is not saved yet
_OWNER = Rule(pk=0, kind="owner")  # asked after all others
_LOOK_BACK = dt.timedelta(days=90)  # whoever got nothing for longer has the next turn


def present_rules() -> list[Rule]:
    """The rules in use, in their order."""
    return [_rule(row) for row in AssignmentRule.objects.filter(is_active=True)]


def rules_with(draft: AssignmentRule) -> list[Rule]:
    """The rules in use as they would be with one that is not saved yet, or not as it is now; a new one is asked last."""
    rows = [
        draft if row.pk == draft.pk else row
        for row in AssignmentRule.objects.all()
        if row.is_active or row.pk == draft.pk
    ]
    return [_rule(row) for row in (rows if draft in rows else [*rows, draft])]


def _rule(row: AssignmentRule) -> Rule:
    return Rule(
        pk=row.pk or NEW,
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
    return choose([*present_rules(), _OWNER], place_of(handoff.account), present_people(at, apart=handoff))


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
    _routed(Change(handoff, user, mark, rule), at, by, before=before).save()
    return user


def _routed(change: Change, at: dt.datetime, by: User | None, *, before: int | None) -> HandoffEvent:
    return HandoffEvent(
        handoff=change.handoff,
        action="routed",
        at=at,
        by=by,
        from_state=change.handoff.state,
        to_state=change.handoff.state,
        comment=f"to {change.to}" if change.to else "to the pool",
        data={"to": change.mark, "from": before, "rule": change.rule},
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One handoff that would change hands: to whom (None: the pool), the mark that says so, and by which rule."""

    handoff: Handoff
    to: User | None
    mark: int | None
    rule: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules would do with what waits. What waits for somebody who is there, named by a rule, is `kept`."""

    waiting: int
    kept: int
    changes: Sequence[Change]

    def by_rule(self, rule: int) -> Plan:
        """What one rule does of it."""
        return Plan(self.waiting, self.kept, [one for one in self.changes if one.rule == rule])

    @property
    def shares(self) -> list[tuple[User | None, int]]:
        """How many to whom, the most first."""
        return Counter(one.to for one in self.changes).most_common()


def plan(at: dt.datetime, rules: Sequence[Rule] | None = None) -> Plan:
    """What `rules` (None: those in use) would do now with everything that waits, the longest first. Six queries."""
    rows = list(
        Handoff.objects.filter(state="queued")
        .select_related("account__owner_sdr", "center__account", "assigned_to")
        .order_by("queued_at", "pk")
    )
    asked = [row for row in rows if not _stays(row.assigned_to, at)]
    people = present_people(at)
    chosen = choose_all(
        [*(present_rules() if rules is None else rules), _OWNER],
        [Waiting(place_of(row.account), row.assigned_to_id or row.account.owner_sdr_id) for row in asked],
        people,
        at.timestamp(),
    )
    users = User.objects.in_bulk({one.person for one in chosen if one})
    changes = []
    for row, choice in zip(asked, chosen, strict=True):
        mark = choice.person if choice and choice.person != row.account.owner_sdr_id else None
        if mark != row.assigned_to_id:
            rule = choice.rule or None if choice and mark else None
            changes.append(Change(row, users[choice.person] if choice else None, mark, rule))
    return Plan(len(rows), len(rows) - len(asked), changes)


def _stays(holder: User | None, at: dt.datetime) -> bool:
    return holder is not None and holder.is_active and not holder.is_away(at)


@transaction.atomic
def assign_all_waiting(*, by: User | None, at: dt.datetime) -> int:
    """Applies the rules to everything that waits, in one step; returns how much changed hands.

    What waits for somebody who is there, and whom a rule named, stays with them: nobody loses what they look at.
    What somebody claims in this moment stays theirs.
    """
    planned = {one.handoff.pk: one for one in plan(at).changes}
    rows = Handoff.objects.select_for_update(no_key=True).filter(pk__in=planned).order_by("pk")
    # What was read without a lock may have gone on.
    still = [
        planned[row.pk]
        for row in rows
        if row.state == "queued" and row.assigned_to_id == planned[row.pk].handoff.assigned_to_id
    ]
    _mark(still, at)
    HandoffEvent.objects.bulk_create(_routed(one, at, by, before=one.handoff.assigned_to_id) for one in still)
    return len(still)


def _mark(changes: Iterable[Change], at: dt.datetime) -> None:
    """A statement for each person and rule, however many handoffs."""
    alike: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for one in changes:
        alike[one.mark, one.rule].append(one.handoff.pk)
    for (mark, rule), ids in alike.items():
        Handoff.objects.filter(pk__in=ids).update(
            assigned_to=mark, assigned_at=at if mark else None, assigned_rule=rule
        )
