"""Who wants to know when accounts and contacts change: a plain list of functions that higher rooms register.

`accounts` knows nothing of what is above it. Its actions announce a change inside their transaction; what a listener
writes is committed or rolled back with it. Listeners are registered once, in `AppConfig.ready`, and must be set-based:
an import announces thousands of ids at once.
"""

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar


class AccountListener(Protocol):
    """Told that these accounts are to be looked at again, and why (at most 20 characters)."""

    def __call__(self, *, account_ids: Collection[int], reason: str) -> None: ...


class MatchListener(Protocol):
    """Told that touches may now belong to somebody.

    To accounts that got a domain or an identifier; to contacts that got an account, an e-mail, a user id or a visitor.
    """

    def __call__(self, *, account_ids: Collection[int], contact_ids: Collection[int]) -> None: ...


class MergeListener(Protocol):
    """Told that `gone` turned out to be the person `kept`; whatever hangs on `gone` is to move. Both still exist."""

    def __call__(self, *, gone: int, kept: int) -> None: ...


T = TypeVar("T", bound=Callable[..., None])

_account_listeners: list[AccountListener] = []
_match_listeners: list[MatchListener] = []
_merge_listeners: list[MergeListener] = []


def on_account_change(listener: AccountListener) -> AccountListener:
    """Call `listener` for every change of what decides about an account. Registering twice registers once."""
    return _add(_account_listeners, listener)


def on_match_change(listener: MatchListener) -> MatchListener:
    """Call `listener` when waiting touches may have found whom they belong to."""
    return _add(_match_listeners, listener)


def on_contacts_merged(listener: MergeListener) -> MergeListener:
    """Call `listener` when two contacts turned out to be one person."""
    return _add(_merge_listeners, listener)


def changed(*, account_ids: Collection[int], reason: str) -> None:
    """Announce that what decides about these accounts changed."""
    ids = set(account_ids)
    if ids:
        for listener in _account_listeners:
            listener(account_ids=ids, reason=reason)


def matches_changed(*, account_ids: Collection[int] = (), contact_ids: Collection[int] = ()) -> None:
    """Announce that these accounts and contacts can be recognised by something new."""
    if account_ids or contact_ids:
        for listener in _match_listeners:
            listener(account_ids=set(account_ids), contact_ids=set(contact_ids))


def contacts_merged(*, gone: int, kept: int) -> None:
    """Announce that the contact `gone` is the person `kept`."""
    for listener in _merge_listeners:
        listener(gone=gone, kept=kept)


def _add(listeners: list[T], listener: T) -> T:
    if listener not in listeners:
        listeners.append(listener)
    return listener
