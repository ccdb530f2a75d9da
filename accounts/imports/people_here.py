"""Owners that a file names: users of this desk by e-mail address or full name."""

from collections.abc import Callable

from accounts.imports.values import Inexact
from accounts.models import User


def user_here() -> Callable[[str], int]:
    """Reads a cell as the id of a user; who is not here leaves the owner as it is. Users are read at the first cell."""
    known: dict[str, int | None] = {}

    def convert(cell: str) -> int:
        if not known:
            known[""] = None
            for pk, email, name in User.objects.filter(is_active=True).values_list("pk", "email", "name"):
                for text in (email.casefold(), name.casefold()):
                    known[text] = pk if known.get(text, pk) == pk else None
        found = known.get(cell.casefold())
        if found is None:
            raise Inexact(f"“{cell}” is nobody who works here")
        return found

    return convert
