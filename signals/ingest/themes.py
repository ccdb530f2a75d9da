"""Themes that events name and nobody has set up yet: they are set up, so that direction can be seen (domain.md §8)."""

from django.utils.text import slugify

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
    Theme.objects.bulk_create([Theme(key=key, name=_name(wanted[key])) for key in missing], ignore_conflicts=True)
    ids = dict(Theme.objects.filter(key__in=wanted, archived_at__isnull=True).values_list("key", "pk"))
    return {name: ids.get(key) for name, key in keys.items()}


def _name(text: str) -> str:
    text = text.replace("_", " ").strip()[:80]
    return text[:1].upper() + text[1:]
