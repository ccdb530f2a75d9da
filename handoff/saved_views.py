"""Saved views of the queue: who sees which, and how they are kept, renamed, shared and deleted."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Team, User
from accounts.refusals import Refusal
from accounts.roles import Capability
from handoff.models import DefaultView, SavedView
from handoff.queue_filters import canonical

MOST = 50  # of one person
LONGEST = 500  # of a query, as it stands in the address


class ViewRefused(Refusal):
    """What can't be kept; the message says what to do."""


def visible_to(user: User) -> QuerySet[SavedView]:
    """Own views and those of the user's team, with `is_default`. One query."""
    shared = Q(team=user.team_id, owner__is_active=True) if user.team_id else Q(pk__in=[])
    default = DefaultView.objects.filter(user=user, view=OuterRef("pk"))
    return SavedView.objects.filter(Q(owner=user) | shared).select_related("owner").annotate(is_default=Exists(default))


def teams_of(user: User) -> QuerySet[Team]:
    """With which teams a user may share: managers with any, others with their own."""
    return Team.objects.all() if user.may(Capability.ASSIGN) else Team.objects.filter(members=user)


@transaction.atomic
def keep(*, by: User, name: str, query: str, team: Team | None = None, default: bool = False) -> SavedView:
    """A new view of `by`. Raises ViewRefused: the name is taken, there are too many, the team is not theirs."""
    if SavedView.objects.filter(owner=by).count() >= MOST:
        raise ViewRefused(f"You keep {MOST} views, which is the limit: delete one first.")
    _refuse_team(by, team)
    view = _saved(SavedView(owner=by, name=name.strip(), query=canonical(query), team=team))
    if default:
        open_with(by=by, view=view)
    return view


@transaction.atomic
def change(*, view: SavedView, by: User, name: str, team: Team | None) -> SavedView:
    """Renames a view of one's own and sets with whom it is shared. Raises ViewRefused."""
    _refuse_others(view, by)
    if team is not None and team.pk != view.team_id:
        _refuse_team(by, team)
    view.name, view.team = name.strip(), team
    return _saved(view)


@transaction.atomic
def delete(*, view: SavedView, by: User) -> None:
    """Deletes a view of one's own; for whom it was the default, the queue opens as it is. Raises ViewRefused."""
    _refuse_others(view, by)
    view.delete()


@transaction.atomic
def open_with(*, by: User, view: SavedView | None) -> None:
    """Has the queue open with `view`, which `by` must see, or with none. Raises ViewRefused."""
    if view is None:
        DefaultView.objects.filter(user=by).delete()
        return
    if not visible_to(by).filter(pk=view.pk).exists():
        raise ViewRefused("This view is not shared with you.")
    DefaultView.objects.update_or_create(user=by, defaults={"view": view})


def _saved(view: SavedView) -> SavedView:
    if not view.name:
        raise ViewRefused("Give the view a name.")
    if len(view.query) > LONGEST:
        raise ViewRefused("These filters are too long to keep: search for less text first.")
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise ViewRefused(f"You have a view called “{view.name}” already: choose another name.") from None
    return view


def _refuse_others(view: SavedView, by: User) -> None:
    if view.owner_id != by.pk:
        raise ViewRefused(f"This view is {view.owner}'s: only they change it.")


def _refuse_team(by: User, team: Team | None) -> None:
    if team is not None and not teams_of(by).filter(pk=team.pk).exists():
        raise ViewRefused("You can share it with your own team.")
