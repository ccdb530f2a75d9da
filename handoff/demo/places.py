"""Which accounts the simulation sends events of: those that the database has, and of these the ones that are nearly there."""

from __future__ import annotations

import random

from accounts.models import Account, Contact
from handoff.demo.offers import THEMES
from handoff.demo.traffic import Somewhere
from handoff.models import OPEN_STATES
from signals.models import CenterState, Theme

SAMPLE = 400
NEARLY = 40


def places(rng: random.Random) -> tuple[list[Somewhere], list[Somewhere]]:
    """(a sample of all accounts with known people, the best ones that fit and are not on the desk)."""
    known = list(Contact.objects.filter(account__isnull=False, email__gt="").values_list("account_id", flat=True))
    peopled = sorted(set(known))
    some = rng.sample(peopled, min(SAMPLE, len(peopled)))
    near = list(
        CenterState.objects.filter(center__is_default=True, icp="in", qualified=False, account__is_target=True)
        .exclude(account__handoffs__state__in=OPEN_STATES)
        .exclude(account__opportunities__stage="open")
        .exclude(account__lifecycle="customer")
        .order_by("-score", "pk")
        .values_list("account_id", flat=True)[:NEARLY]
    )
    found = _somewhere(rng, {*some, *near})
    return [found[pk] for pk in dict.fromkeys(some) if pk in found], [found[pk] for pk in near if pk in found]


def _somewhere(rng: random.Random, account_ids: set[int]) -> dict[int, Somewhere]:
    names = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "name"))
    themes = dict(
        CenterState.objects.filter(account__in=account_ids, theme__isnull=False).values_list("account_id", "theme_id")
    )
    keys = dict(Theme.objects.values_list("pk", "key"))
    emails: dict[int, list[str]] = {}
    people = Contact.objects.filter(account__in=account_ids, email__gt="", erased_at__isnull=True).order_by("pk")
    for account_id, email in people.values_list("account_id", "email"):
        emails.setdefault(account_id, []).append(email)
    return {
        pk: Somewhere(names[pk], addresses, _theme(rng, keys.get(themes.get(pk, 0))))
        for pk, addresses in emails.items()
    }


def _theme(rng: random.Random, key: str | None) -> str:
    """The account's own theme where the demo has offers for it."""
    return key if key in THEMES else rng.choice(tuple(THEMES))
