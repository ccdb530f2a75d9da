"""Two accounts turned out to be one company: merging them, what that would move, and taking it back (domain.md §2, §8).

`gone` becomes a part of `kept`. What hangs on it moves by a list of parts; each room names a module with its `PARTS` in
`AppConfig.ready`. Of `gone` a shell stays with its centers, history and decisions, so that a past moment is recomputed as
it was known then. It has nothing to be recognised by, and no list shows it.

Whoever matched something to `gone` at the very moment of the merge may commit later: `sweep` moves that along.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import changes
from accounts.companies import EVENTS_SYSTEM
from accounts.locks import domain_key, group_key, hold_links
from accounts.models import Account, AccountIdentifier, AccountMerge, BuyingCenter, Domain, User
from accounts.roles import Capability
from accounts.transactions import in_transaction

# Longer than any transaction that had matched something to an account before it was merged.
STRAYS = timedelta(hours=1)

Moved = list[Any]


@dataclass(frozen=True, slots=True)
class Merging:
    """One merge under way, or being taken back: `at` is the moment of the merge, `now` that of this act."""

    gone: Account
    kept: Account
    at: datetime
    now: datetime
    by: User | None

    def centers(self) -> dict[int, int]:
        """Which center of `kept` each center of `gone` becomes: the whole the whole, a named one that of its name."""
        found = dict(BuyingCenter.objects.filter(account=self.kept).values_list("name", "pk"))
        own = BuyingCenter.everything.filter(account=self.gone).values_list("pk", "name")
        return {pk: found[name] for pk, name in own if name in found}


def nothing_against(merging: Merging) -> str:  # noqa: ARG001 - the signature of a part's objection
    """No objection."""
    return ""


def nothing_to_settle(merging: Merging, moved: Moved) -> None:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that hangs on an account: what it is called, what becomes of it, how it moves and comes back.

    `move` takes whatever is at `gone` and returns what `back` needs, in plain JSON and ids alone; it is called again for
    strays. `back` leaves alone what is no longer at `kept`. Both run with the two accounts locked. `refuse` says why the
    two can't be merged now. `counts`: what `move` returns is how many, since `back` finds them by itself. `settle` is
    called when all parts are back.
    """

    key: str
    label: str
    fate: str
    count: Callable[[Merging], int]
    move: Callable[[Merging], Moved]
    back: Callable[[Merging, Moved], None]
    refuse: Callable[[Merging], str] = nothing_against
    counts: bool = False
    settle: Callable[[Merging, Moved], None] = nothing_to_settle


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would move, and what stands against it."""

    parts: list[tuple[Part, int]]
    refusals: list[str]


_modules: list[str] = []


def register(module: str) -> None:
    """Name a module whose `PARTS` move with an account. It is loaded when first used; lower rooms first."""
    if module not in _modules:
        _modules.append(module)


def parts() -> Iterator[Part]:
    """All parts, lower rooms first."""
    for module in _modules:
        yield from import_module(module).PARTS


def preview(*, gone: Account, kept: Account) -> Preview:
    """What merging would move, with counts, and why it would be refused."""
    merging = _begin(gone, kept, None)
    counted = [(part, part.count(merging)) for part in parts()]
    return Preview([pair for pair in counted if pair[1]], _refusals(merging))


def merge_accounts(*, gone: Account, kept: Account, by: User | None) -> AccountMerge:
    """`gone` becomes a part of `kept`, and both are scored again.

    Raises ValidationError where something stands against it, PermissionDenied where `by` may not.
    """
    _authorise(by)
    if gone.pk == kept.pk:
        raise ValidationError("Choose another account: it can't be merged into itself.")
    return in_transaction(lambda: _merge(gone, kept, by))


def _merge(gone: Account, kept: Account, by: User | None) -> AccountMerge:
    _hold(gone)
    merging = _begin(*_locked(gone, kept), by)
    if merging.gone.merged_into_id or merging.kept.merged_into_id:
        raise ValidationError("One of the two was merged into another account in the meantime.")
    if refusals := _refusals(merging):
        raise ValidationError(refusals)
    moved = {part.key: part.move(merging) for part in parts()}
    merge = AccountMerge.objects.create(gone=merging.gone, kept=merging.kept, at=merging.at, by=by, moved=moved)
    Account.objects.filter(pk=gone.pk).update(merged_into=kept.pk, merged_at=merging.at)
    _announce(merging)
    return merge


def undo_merge(*, merge: AccountMerge, by: User | None) -> AccountMerge:
    """Take a merge back: what it moved and is still at the kept account returns. What came later stays there, but for the
    touches of people, domains and groups that return.

    Raises ValidationError where it was taken back already or the kept account was merged on, PermissionDenied.
    """
    _authorise(by)
    return in_transaction(lambda: _undo(merge, by))


def _undo(merge: AccountMerge, by: User | None) -> AccountMerge:
    _hold(merge.kept)
    gone, kept = _locked(merge.gone, merge.kept)
    row = AccountMerge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    if row.undone_at is not None:
        raise ValidationError("This merge was taken back already.")
    if kept.merged_into_id is not None:
        raise ValidationError(f"{kept} was itself merged into {kept.merged_into}: take that back first.")
    merging = Merging(gone, kept, row.at, timezone.now(), by)
    Account.everything.filter(pk=gone.pk).update(merged_into=None, merged_at=None)
    gone.refresh_from_db(from_queryset=Account.everything.all())
    # Whom touches return with has returned by then.
    for part in parts():
        part.back(merging, row.moved.get(part.key, []))
    for part in parts():
        part.settle(merging, row.moved.get(part.key, []))
    row.undone_at, row.undone_by = merging.now, by
    row.save(update_fields=["undone_at", "undone_by"])
    _announce(merging)
    return row


def moved_by(merge: AccountMerge) -> list[tuple[Part, int]]:
    """What a merge moved, with how much of it. A part that keeps no list says how many, once for each move."""
    found = [(part, merge.moved.get(part.key, [])) for part in parts()]
    return [(part, sum(moved) if part.counts else len(moved)) for part, moved in found if moved]


def sweep(*, now: datetime | None = None) -> int:
    """Move along what was matched to an account while it was merged; of how many accounts. Idempotent, cheap if none."""
    since = (now or timezone.now()) - STRAYS
    recent = AccountMerge.objects.filter(undone_at__isnull=True, at__gte=since, gone__merged_at__gte=since)
    return sum(in_transaction(partial(_sweep, pk)) for pk in recent.order_by("pk").values_list("pk", flat=True))


def _sweep(merge_id: int) -> bool:
    row = AccountMerge.objects.get(pk=merge_id)
    gone, kept = _locked(row.gone, row.kept)
    row.refresh_from_db()
    if row.undone_at is not None:
        return False
    merging = Merging(gone, kept, row.at, timezone.now(), row.by)
    strays = {part.key: found for part in parts() if (found := part.move(merging))}
    if not strays:
        return False
    row.moved = {key: row.moved.get(key, []) + strays.get(key, []) for key in {*row.moved, *strays}}
    row.save(update_fields=["moved"])
    _announce(merging)
    return True


def _authorise(by: User | None) -> None:
    if by is not None and not by.may(Capability.MERGE):
        raise PermissionDenied("Only managers, marketing operations and admins merge accounts.")


def _hold(account: Account) -> None:
    """What the account is recognised by changes hands: first what waits for it, then rows."""
    domains = Domain.objects.filter(account=account).values_list("name", flat=True)
    groups = AccountIdentifier.objects.filter(account=account, system=EVENTS_SYSTEM).values_list("value", flat=True)
    hold_links(stating=[*map(domain_key, domains), *map(group_key, groups)])


def _locked(gone: Account, kept: Account) -> tuple[Account, Account]:
    rows = Account.everything.select_for_update(no_key=True).filter(pk__in=[gone.pk, kept.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[gone.pk], found[kept.pk]


def _begin(gone: Account, kept: Account, by: User | None) -> Merging:
    now = timezone.now()
    return Merging(gone, kept, now, now, by)


def _refusals(merging: Merging) -> list[str]:
    return [reason for part in parts() if (reason := part.refuse(merging))]


def _announce(merging: Merging) -> None:
    ids: Collection[int] = [merging.gone.pk, merging.kept.pk]
    changes.matches_changed(account_ids=ids)
    changes.changed(account_ids=ids, reason="merge")
