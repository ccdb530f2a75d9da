"""Topics as providers name them, and the themes that they are about (domain.md §2)."""

from collections.abc import Collection, Iterable

from django.db import transaction

from signals.actions import request_rescore
from signals.models import IntentSignal, IntentTopic, PastTopicTheme, Theme, ThemeRule
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
        self._rules = list(
            ThemeRule.objects.filter(
                field=ThemeRule.Field.TOPIC, archived_at__isnull=True, theme__archived_at__isnull=True
            ).order_by("position", "id")
        )
        self._names = {
            squeeze(text): pk
            for pk, *texts in Theme.objects.filter(archived_at__isnull=True).values_list("pk", "key", "name")
            for text in texts
        }

    def theme_of(self, topic: str) -> int | None:
        """The theme of the first rule that holds, else the one of the same name."""
        for rule in self._rules:
            if holds(rule, topic):
                return rule.theme_id
        return self._names.get(squeeze(topic))


def holds(rule: ThemeRule, topic: str) -> bool:
    """Whether a theme rule on topics holds for this one."""
    text, wanted = topic.casefold(), rule.value.strip().casefold()
    found = {Match.IS: text == wanted, Match.STARTS_WITH: text.startswith(wanted), Match.CONTAINS: wanted in text}
    return bool(wanted) and found[Match(rule.match)]


@transaction.atomic
def read_again() -> int:
    """Read all topics by the rules as they are, except where a person said the theme; how many are about another now."""
    read = _Themes()
    rows = IntentTopic.objects.select_for_update(no_key=True).filter(theme_overridden=False).order_by("pk")
    moved = [row for row in rows if row.theme_id != read.theme_of(row.name)]
    _keep(moved)
    for row in moved:
        row.theme_id = read.theme_of(row.name)
    IntentTopic.objects.bulk_update(moved, ["theme"], batch_size=1000)
    request_rescore(
        account_ids=IntentSignal.objects.filter(topic__in=moved, account__isnull=False)
        .values_list("account_id", flat=True)
        .distinct(),
        reason="topic",
    )
    return len(moved)


def _keep(topics: Iterable[IntentTopic]) -> None:
    """Keep what these topics are about as what was known until now."""
    PastTopicTheme.objects.bulk_create(PastTopicTheme(topic=topic, theme_id=topic.theme_id) for topic in topics)


@transaction.atomic
def set_theme(*, topic: IntentTopic, theme: Theme | None) -> IntentTopic:
    """A person says what a topic is about, whatever rules say; accounts with a signal of it are evaluated again."""
    if topic.theme_id != (theme.pk if theme else None):
        _keep([topic])
    topic.theme, topic.theme_overridden = theme, True
    topic.save(update_fields=["theme", "theme_overridden"])
    accounts = topic.signals.filter(account__isnull=False).values_list("account_id", flat=True).distinct()
    request_rescore(account_ids=accounts, reason="topic")
    return topic
