"""What the desk shows: the queue in its order, counts, inboxes (domain.md §5).

The number of queries never depends on the number of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability
from handoff.groups import pass_needs
from handoff.models import OPEN_STATES, Handoff, HandoffEvent
from handoff.transitions import STANDING_NEEDS, UNDOABLE, Need, moves_from
from handoff.who import hats

Scope = Literal["pool", "mine", "hand_raises", "cooling", "all"]
SCOPES: tuple[Scope, ...] = ("pool", "mine", "hand_raises", "cooling", "all")

_WAITING = Q(state="queued") | Q(state="working", offered_back_at__isnull=False)
_AT_DESK = Q(state__in=("queued", "working", "passed", "accepted"))


def _reach(user: User) -> Q:
    """Whose accounts an SDR sees in the pool: own ones, the team's, and those of nobody; what a rule gave
    to somebody is that person's and their team's. Everybody else sees all.
    """
    if user.may(Capability.ASSIGN) or not user.may(Capability.WORK_QUEUE):
        return Q()
    by_owner = (
        Q(account__owner_sdr=user)
        | Q(account__owner_sdr__isnull=True)
        | Q(account__owner_sdr__is_active=False)
        | Q(account__owner_sdr__team=user.team_id)
    )
    named = Q(assigned_to=user) | Q(assigned_to__is_active=False) | Q(assigned_to__team=user.team_id)
    return (Q(assigned_to__isnull=True) & by_owner) | (Q(assigned_to__isnull=False) & named)


def _held_by(user: User) -> Q:
    return Q(state="working", claimed_by=user) | Q(state__in=("passed", "accepted", "opportunity"), ae=user)


def in_scope(user: User, scope: Scope) -> Q:
    """The rows of a scope: `pool` waits for `user`'s team to claim it (what was offered back too), `mine` is what
    `user` holds, `hand_raises` and `cooling` are those of both, `all` is whatever is on the desk up to accepted.
    """
    if scope == "pool":
        return _WAITING & _reach(user)
    if scope == "mine":
        return _held_by(user)
    if scope == "hand_raises":
        return ((_WAITING & _reach(user)) | _held_by(user)) & Q(hand_raise_at__isnull=False)
    if scope == "cooling":
        return ((_WAITING & _reach(user)) | _held_by(user)) & Q(cooling_since__isnull=False)
    return _AT_DESK


def due_case() -> Case:
    """The clock that runs now: claim, then the nearer of first outreach and decision, then the AE's answer."""
    return Case(
        When(state="queued", then=F("claim_due_at")),
        When(
            state="working",
            outreach_at__isnull=True,
            outreach_due_at__lt=F("decision_due_at"),
            then=F("outreach_due_at"),
        ),
        When(state="working", then=F("decision_due_at")),
        When(state="passed", then=F("answer_due_at")),
        default=None,
        output_field=DateTimeField(),
    )


def end_of_day(user: User, now: dt.datetime) -> dt.datetime:
    """The coming midnight of the user's zone, in UTC."""
    zone = ZoneInfo(user.time_zone or "UTC")
    return dt.datetime.combine(now.astimezone(zone).date() + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)


def in_queue_order(rows: QuerySet[Handoff], user: User, now: dt.datetime | None = None) -> QuerySet[Handoff]:
    """`rows` in the queue's order, with `due_at`, `urgency`: 0 overdue, 1 within the hour, 2 today, 3 later.

    For an SDR own accounts come before the team's pool.
    """
    now = now or timezone.now()
    rows = rows.annotate(due_at=due_case()).annotate(
        urgency=Case(
            When(due_at__lt=now, then=Value(0)),
            When(due_at__lte=now + dt.timedelta(hours=1), then=Value(1)),
            When(due_at__lt=end_of_day(user, now), then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        ),
        not_own=Case(
            When(assigned_to=user, then=Value(0)),
            When(assigned_to__isnull=True, account__owner_sdr=user, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        ),
        not_raised=Case(
            When(hand_raise_at__isnull=False, then=Value(0)), default=Value(1), output_field=IntegerField()
        ),
    )
    order: list[str | OrderBy] = [
        "urgency",
        "not_raised",
        F("center__state__score").desc(nulls_last=True),
        F("center__state__surged_on").desc(nulls_last=True),
        "queued_at",
        "id",
    ]
    if not user.may(Capability.ASSIGN):
        order.insert(0, "not_own")
    return rows.order_by(*order)


def queue(user: User, scope: Scope = "pool") -> QuerySet[Handoff]:
    """The rows of `scope` in queue order, with center, account, the center's state and both holders loaded."""
    rows = (
        Handoff.objects.filter(in_scope(user, scope))
        .select_related(
            "center__state__theme", "account__owner_sdr", "account__owner_ae", "assigned_to", "claimed_by", "ae"
        )
        .defer("center__state__evidence")
    )
    return in_queue_order(rows, user)


def claimable(user: User) -> QuerySet[Handoff]:
    """What "Next" may take for `user`, the most urgent first."""
    rows = Handoff.objects.filter(in_scope(user, "pool")).exclude(state="working", claimed_by=user)
    return in_queue_order(rows, user)


def counts(user: User) -> dict[str, int]:
    """How many rows each scope has for `user`, and how many of `mine` and `pool` are `overdue`. One query."""
    now = timezone.now()
    named = {scope: Count("pk", filter=in_scope(user, scope)) for scope in SCOPES}
    both = in_scope(user, "pool") | in_scope(user, "mine")
    return (
        Handoff.objects.filter(_AT_DESK | Q(state="opportunity"))
        .annotate(due_at=due_case())
        .aggregate(**named, overdue=Count("pk", filter=both & Q(due_at__lt=now)))
    )


def inbox(ae: User) -> QuerySet[Handoff]:
    """What is with an AE: to be answered first (the nearest due time first), then accepted, then opportunities."""
    rank = Case(
        When(state="passed", then=Value(0)),
        When(state="accepted", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        Handoff.objects.filter(ae=ae, state__in=("passed", "accepted", "opportunity"))
        .select_related("center__state__theme", "account", "claimed_by", "passed_by", "ae", "opportunity")
        .defer("center__state__evidence")
        .annotate(due_at=due_case(), rank=rank)
        .order_by("rank", F("answer_due_at").asc(nulls_last=True), "-passed_at", "id")
    )


def passed_by(user: User) -> QuerySet[Handoff]:
    """What `user` passed, the latest first, with `moves`: the events since, the newest first (what became of it)."""
    moves = HandoffEvent.objects.select_related("by", "reason").order_by("-at", "-id")
    return (
        Handoff.objects.filter(passed_by=user)
        .select_related("center__state", "account", "ae", "reason", "opportunity", "claimed_by")
        .defer("center__state__evidence")
        .prefetch_related(Prefetch("events", queryset=moves, to_attr="moves"))
        .order_by("-passed_at", "-id")
    )


@dataclass(frozen=True, slots=True)
class MoveOption:
    """A move that a person may make. It can be made when nothing is missing; `asks` is what its form asks for."""

    action: str
    label: str
    needs_missing: Sequence[str] = ()
    asks: Sequence[str] = ()


def allowed_moves(handoff: Handoff, user: User) -> list[MoveOption]:
    """The buttons of `user` on `handoff`, in the table's order, each with what still stands in its way."""
    options = []
    for move in moves_from(handoff.state, hats(handoff, user)):
        if move.by_system or (Need.OFFERED_BACK in move.needs and not can_take_over(handoff, user)):
            continue
        missing = [words for _, words in pass_needs(handoff)] if move.action == "pass" else []
        asks = [need.value for need in move.needs if need not in STANDING_NEEDS]
        options.append(MoveOption(move.action, move.label, missing, asks))
    return options


def can_take_over(handoff: Handoff, user: User) -> bool:
    """True for what another person let lie until it was offered back to the pool."""
    return handoff.offered_back_at is not None and handoff.claimed_by_id != user.pk


def last_undoable(handoff: Handoff, user: User, *, seconds: int) -> HandoffEvent | None:
    """The event that `user` may still undo: the last one, own, of at most `seconds` ago."""
    event = handoff.events.order_by("-at", "-id").first()
    if event is None or event.by_id != user.pk or event.action not in UNDOABLE:
        return None
    return event if event.at >= timezone.now() - dt.timedelta(seconds=seconds) else None


def open_handoff_at(account_id: int, center_id: int | None) -> Handoff | None:
    """The open handoff of a center; of none named the whole account's, else that of one of its centers."""
    found = Handoff.objects.filter(account=account_id, state__in=OPEN_STATES)
    return found.filter(center=center_id).first() if center_id else found.order_by("-center__is_default").first()
