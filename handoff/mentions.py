"""Who an @Name in a text means. Pure but for the users it is given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from accounts.models import User


def mentioned(text: str, users: Iterable[User]) -> list[User]:
    """The users whose whole name, or e-mail address's first part, follows an @; the longest name wins ("@Ann Lee").

    A first name alone means somebody when only one person has it.
    """
    users = list(users)
    firsts: dict[str, list[User]] = {}
    names: dict[str, list[User]] = {}
    for user in users:
        firsts.setdefault(user.name.partition(" ")[0].casefold(), []).append(user)
        names.setdefault(user.name.casefold(), []).append(user)
        names.setdefault(user.email.partition("@")[0].casefold(), []).append(user)
    known = {name: found[0] for name, found in firsts.items() if len(found) == 1}
    known |= {name: found[0] for name, found in names.items() if len({u.pk for u in found}) == 1}
    known.pop("", None)
    if not known:
        return []
    options = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.])@({options})(?!\w)", re.IGNORECASE)
    return list(dict.fromkeys(known[match.casefold()] for match in pattern.findall(text)))
