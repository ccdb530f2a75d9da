"""Transactions that begin again when the database ended them for nothing but the moment: a deadlock, a serialization failure."""

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction

T = TypeVar("T")

ATTEMPTS = 5
_OF_THE_MOMENT = frozenset({"40P01", "40001"})


def in_transaction(act: Callable[[], T], *, also: tuple[type[DatabaseError], ...] = ()) -> T:
    """What `act` returns, committed. It runs again after a deadlock or serialization failure, and after an error of `also`.

    So `act` must read what it decides by, and change nothing but the database. Raises the error of the fifth attempt. Within
    a transaction of somebody else a deadlock has ended that one, which has to begin again itself: it is raised at once.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            with transaction.atomic():
                return act()
        except DatabaseError as error:
            again = isinstance(error, also) or (_passes(error) and not connection.in_atomic_block)
            if not again or not left:
                raise
    raise AssertionError("unreachable")


def _passes(error: DatabaseError) -> bool:
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in _OF_THE_MOMENT
