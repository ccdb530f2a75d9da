"""What of this room moves when accounts are merged (accounts/merging.py).

A center has at most one open handoff, so of two open ones one stays: the claimed one, since nothing is taken from a rep;
of two that are queued the kept account's. The other is withdrawn with a note where the journey went on, and keeps its place
at its own center. Where both are claimed the merge is refused: people have to agree first.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, Model, OuterRef

from accounts.merging import Merging, Moved, Part
from handoff.actions.closing import closed_columns
from handoff.actions.core import lock, record
from handoff.hand_raises import mark_raised
from handoff.models import (
    OPEN_STATES,
    BuyingGroup,
    BuyingGroupMember,
    Handoff,
    HandoffEvent,
    Note,
    Notice,
    Opportunity,
    RevenueEvent,
    TriageItem,
)
from handoff.opening import reopen
from handoff.rules import present_rules

# How it stands in `moved`: the handoff, and the center that it was at; no center: it was withdrawn where it is.
_WITHDRAWN = None


def _open_pairs(merging: Merging) -> Iterator[tuple[Handoff, Handoff]]:
    """Of each center with two open handoffs that of the gone and that of the kept account."""
    becomes = merging.centers()
    found = Handoff.objects.filter(center__in=[*becomes, *becomes.values()], state__in=OPEN_STATES)
    by_center = {row.center_id: row for row in found.select_related("center", "claimed_by", "ae").order_by("pk")}
    for gone, kept in becomes.items():
        if gone in by_center and kept in by_center:
            yield by_center[gone], by_center[kept]


def _both_are_held(merging: Merging) -> str:
    for gone, kept in _open_pairs(merging):
        if "queued" not in {gone.state, kept.state}:
            return (
                f"Both are being worked on: {gone.holder} has {gone.center}, {kept.holder} has {kept.center}."
                " One of the two has to release or close it first."
            )
    return ""


def _count_handoffs(merging: Merging) -> int:
    return Handoff.objects.filter(account=merging.gone).count()


def _move_handoffs(merging: Merging) -> Moved:
    moved: Moved = []
    stays = set()
    for gone, kept in _open_pairs(merging):
        first, second = sorted((gone.pk, kept.pk))
        locked = {first: lock(first), second: lock(second)}
        goes_on, ends = locked[kept.pk], locked[gone.pk]
        if goes_on.state == "queued" != ends.state:
            goes_on, ends = ends, goes_on
        _withdraw(ends, goes_on, merging)
        moved.append([ends.pk, _WITHDRAWN])
        stays.add(ends.pk)
    becomes = merging.centers()
    found = Handoff.objects.filter(account=merging.gone, center__in=becomes).exclude(pk__in=stays)
    # Once withdrawn by the merge it stays at its own center, also for the sweep.
    ended = HandoffEvent.objects.filter(handoff=OuterRef("pk"), action="merge", data__merged_into=merging.kept.pk)
    found = found.exclude(Exists(ended), state="withdrawn")
    for row in found.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        moved.append([row.pk, row.center_id])
        Handoff.objects.filter(pk=row.pk).update(center=becomes[row.center_id], account=merging.kept)
    return moved


def _withdraw(ends: Handoff, goes_on: Handoff, merging: Merging) -> None:
    rules = present_rules(merging.now)
    record(
        ends,
        "merge",
        by=merging.by,
        to="withdrawn",
        at=merging.now,
        comment=f"It goes on at {goes_on.center}",
        data={"handoff": goes_on.pk, "merged_into": merging.kept.pk},
        **closed_columns(ends, None, merging.now),
    )
    if ends.hand_raise_at and ends.hand_raise_touch_id:
        mark_raised(goes_on, (ends.hand_raise_touch_id, ends.hand_raise_at), rules)


def _return_handoffs(merging: Merging, moved: Moved) -> None:
    rules = present_rules(merging.now)
    for pk, center in moved:
        if center is not _WITHDRAWN:
            Handoff.objects.filter(pk=pk, account=merging.kept).update(center=center, account=merging.gone)
    for pk, center in moved:
        row = Handoff.objects.get(pk=pk)
        taken = Handoff.objects.filter(center=row.center_id, state__in=OPEN_STATES).exists()
        if center is _WITHDRAWN and row.state == "withdrawn" and not taken:
            reopen(row, rules, decision=None)


def _count_members(merging: Merging) -> int:
    return BuyingGroupMember.objects.filter(group__center__account=merging.gone).count()


def _move_members(merging: Merging) -> Moved:
    """[member, group before] of each."""
    moved: Moved = []
    becomes = merging.centers()
    for group in BuyingGroup.objects.filter(center__in=becomes).order_by("pk"):
        members = list(group.members.order_by("pk"))
        if not members:
            continue
        target, _ = BuyingGroup.objects.get_or_create(
            center_id=becomes[group.center_id], defaults={"template_id": group.template_id}
        )
        taken = set(target.members.values_list("contact_id", "role"))
        for member in members:
            if (member.contact_id, member.role) not in taken:
                BuyingGroupMember.objects.filter(pk=member.pk).update(group=target)
                moved.append([member.pk, group.pk])
    return moved


def _return_members(merging: Merging, moved: Moved) -> None:
    for pk, group in moved:
        BuyingGroupMember.objects.filter(pk=pk, group__center__account=merging.kept).update(group=group)


def _count_revenue(merging: Merging) -> int:
    return RevenueEvent.objects.filter(account=merging.gone).count()


def _move_revenue(merging: Merging) -> Moved:
    """What both were said to pay, in the same words, is one event: that of the gone account stays with its shell."""
    said = ("kind", "occurred_on", "currency", "opportunity")
    known = set(RevenueEvent.objects.filter(account=merging.kept, external_id="").values_list(*said))
    own = RevenueEvent.objects.filter(account=merging.gone).order_by("pk").values_list("pk", "external_id", *said)
    ids = [pk for pk, external, *words in own if external or tuple(words) not in known]
    RevenueEvent.objects.filter(pk__in=ids).update(account=merging.kept)
    return ids


def _return_revenue(merging: Merging, moved: Moved) -> None:
    RevenueEvent.objects.filter(pk__in=moved, account=merging.kept).update(account=merging.gone)


def _owned(model: type[Model], key: str, label: str, fate: str) -> Part:
    """A part whose rows name the account and nothing else that changes."""
    rows = model._default_manager  # noqa: SLF001 - Django's documented way

    def move(merging: Merging) -> Moved:
        found = rows.filter(account=merging.gone)
        ids: list[Any] = list(found.order_by("pk").values_list("pk", flat=True))
        found.update(account=merging.kept)
        return ids

    def back(merging: Merging, moved: Moved) -> None:
        rows.filter(pk__in=moved, account=merging.kept).update(account=merging.gone)

    return Part(key, label, fate, lambda merging: rows.filter(account=merging.gone).count(), move, back)


PARTS = (
    Part(
        "handoffs",
        "Handoffs",
        "They go on at the kept account. Of two open ones of a center the claimed one stays, else the kept account’s; the"
        " other is withdrawn.",
        _count_handoffs,
        _move_handoffs,
        _return_handoffs,
        _both_are_held,
    ),
    Part(
        "members",
        "Roles in buying groups",
        "They come to the kept account’s group.",
        _count_members,
        _move_members,
        _return_members,
    ),
    _owned(Note, "notes", "Notes", "They come to the kept account."),
    _owned(Opportunity, "opportunities", "Opportunities", "They come to the kept account."),
    Part(
        "revenue",
        "Revenue events",
        "They come to the kept account; what both were said to pay counts once.",
        _count_revenue,
        _move_revenue,
        _return_revenue,
    ),
    _owned(TriageItem, "triage", "Hand-raises on the triage list", "They come to the kept account."),
    _owned(Notice, "notices", "Notices", "They lead to the kept account."),
)
