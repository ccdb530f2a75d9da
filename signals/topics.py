"""Topics as providers name them, and the themes that they are about (domain.md §2)."""

from collections.abc import Collection

from signals.models import IntentTopic, Theme, ThemeRule
from signals.models.catalogue import Match
from signals.reading import squeeze


def known_topics(names: Collection[str]) -> dict[str, int]:
    """The ids of topics by name; new ones are made, with the theme that a rule or a theme's own name gives them."""
    found = dict(IntentTopic.objects.filter(name__in=names).values_list("name", "pk"))
    missing = sorted(set(names) - found.keys())
    if missing:
        read = _Themes()
        # In the order of names: two imports that make the same topics wait for each other.
        IntentTopic.objects.bulk_create(
            [IntentTopic(name=name, theme_id=read.theme_of(name)) for name in missing], ignore_conflicts=True
        )
        found |= dict(IntentTopic.objects.filter(name__in=missing).values_list("name", "pk"))
    return found


class _Themes:
    """The rules and themes in use."""

    def __init__(self) -> None:
        self._rules = ThemeRule.objects.filter(
            field=ThemeRule.Field.TOPIC, archived_at__isnull=True, theme__archived_at__isnull=True
        ).order_by("position", "id")
        self._names = {
            squeeze(text): pk
            for pk, *texts in Theme.objects.filter(archived_at__isnull=True).values_list("pk", "key", "name")
            for text in texts
        }

    def theme_of(self, topic: str) -> int | None:
        """The theme of the first rule that holds, else the one of the same name."""
        text = topic.casefold()
        for rule in self._rules:
            wanted = rule.value.strip().casefold()
            holds = {
                Match.IS: text == wanted,
                Match.STARTS_WITH: text.startswith(wanted),
                Match.CONTAINS: wanted in text,
            }
            if wanted and holds[Match(rule.match)]:
                return rule.theme_id
        return self._names.get(squeeze(topic))
