"""Why a move was refused, in words for the person who pressed the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User


class MoveRefused(Refusal):
    """A move that was not made; nothing changed.

    `code`: `not_found`, `role` (this person may not), `state` (not from this state), `held` (somebody else has it:
    `holder`), `needs` (what is missing: `needs`, in words), `limit` (too many open claims), `late` (undo), `empty`
    (nothing to claim).
    """

    def __init__(self, message: str, code: str, *, holder: User | None = None, needs: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.holder = holder
        self.needs = list(needs)
