"""Finds the centers whose facts break what is computed over many (as rescoring does: signals/rescore.py)."""

from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError

# Nothing is wrong but the database or the moment.
PASSING = (OperationalError, InterfaceError)


def at_fault(centers: Sequence[int], work: Callable[[list[int]], object]) -> list[int]:
    """The centers with which `work` raises when it is alone with them; found by halves. It must not write."""
    if not centers:
        return []
    try:
        work(list(centers))
    except PASSING:
        raise
    except Exception:  # noqa: BLE001 - whatever one center's facts do to the formulas must not hold up the others
        if len(centers) == 1:
            return list(centers)
        middle = len(centers) // 2
        return at_fault(centers[:middle], work) + at_fault(centers[middle:], work)
    return []
