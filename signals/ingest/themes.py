"""Themes that events name and nobody has set up yet: they are set up, so that direction can be seen (domain.md §8)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.text import slugify

from signals.actions import request_rescore_of_all
from signals.models import Theme

# A property that is not meant as a theme must not fill the list: from here on new names are left unread.
MOST_THEMES = 200


def known_themes(names: set[str]) -> dict[str, int | None]:
    """The theme of each name, made where there is none; None for a name that can't be one, or one too many."""
    if not names:
        return {}
    keys = {name: slugify(name, allow_unicode=False)[:80] for name in names}
    wanted = {key: name for name, key in sorted(keys.items(), reverse=True) if key}
    known = set(Theme.objects.filter(key__in=wanted).values_list("key", flat=True))
    room = max(MOST_THEMES - Theme.objects.count(), 0)
    # In the order of keys: two requests that make the same themes wait for each other.
    missing = sorted(set(wanted) - known)[:room]
    if missing:
        with watching_the_first():
            Theme.objects.bulk_create(
                [Theme(key=key, name=_name(wanted[key])) for key in missing], ignore_conflicts=True
            )
    ids = dict(Theme.objects.filter(key__in=wanted, archived_at__isnull=True).values_list("key", "pk"))
    return {name: ids.get(key) for name, key in keys.items()}


@contextmanager
def watching_the_first() -> Iterator[None]:
    """Have every center evaluated if, within, the first theme comes or the last one goes: direction is a gate from then on,
    or no longer one (domain.md §4). Belongs into the transaction of the change.
    """
    before = _set_up()
    yield
    if _set_up() != before:
        request_rescore_of_all(reason="themes")


def _set_up() -> bool:
    return Theme.objects.filter(archived_at__isnull=True).exists()


def _name(text: str) -> str:
    text = text.replace("_", " ").strip()[:80]
    return text[:1].upper() + text[1:]
