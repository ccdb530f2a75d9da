"""What a rule would do, before it is saved: the latest events read by the one implementation (signals/reading.py)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import connection

from signals.models import IntentTopic, MappingRule, Theme, ThemeRule, TouchType, TrafficRule
from signals.reading import Facets, Reading, Rules, Seen, mapping_test, theme_test
from signals.readings import stored_object
from signals.rules import compiled, in_use, rule_row, theme_rule_row, traffic_in_use
from signals.topics import holds
from signals.traffic import BOT, INTERNAL, Traffic, TrafficRow

LOOK_AT = 10_000
MOST_SAMPLES = 6
# Payloads are large: no more than this many are held at a time.
_CHUNK = 1_000
_AFTER_ALL = 2**63 - 1

_LATEST = """
SELECT t.id, t.occurred_at, t.kind, t.name, t.path, t.payload -> 'properties', t.payload -> 'context',
    coalesce(nullif(t.domain, ''), c.domain, '') FROM signals_touch t LEFT JOIN accounts_contact c ON c.id = t.contact_id
WHERE t.kind <> 'manual' AND t.id < %s ORDER BY t.id DESC LIMIT %s"""
_IGNORED_AS = {"": "counts", BOT: "a bot’s", INTERNAL: "internal"}

Rule = TypeVar("Rule", MappingRule, ThemeRule)


@dataclass(frozen=True, slots=True)
class Sample:
    """An event that the rule holds for: its name or path, and what it is read as now and then."""

    at: datetime | None
    what: str
    now: str
    then: str


@dataclass(slots=True)
class Trial:
    """Of the latest `looked_at` (`noun`), the rule holds for `matched`; `differs` would be read otherwise than now.

    `differs` counts besides what the rule no longer holds for, when an existing one is changed.
    """

    noun: str = "events"
    looked_at: int = 0
    matched: int = 0
    differs: int = 0
    samples: list[Sample] = field(default_factory=list)


def try_mapping_rule(draft: MappingRule, *, look_at: int = LOOK_AT) -> Trial:
    """Try a rule in its place: that of the stored rule with its id, else in front of all. Writes nothing."""
    mapping, themes = in_use()
    stored = next((row for row in mapping if row.pk == draft.pk), None)
    tests = [mapping_test(rule_row(row)) for row in (draft, stored) if row is not None]
    before, after = compiled(mapping, themes), compiled(_placed(draft, mapping), themes)
    names = dict(TouchType.objects.values_list("pk", "name"))
    return _look(tests, before, after, lambda reading: names[reading.touch_type.id], look_at)


def try_theme_rule(draft: ThemeRule, *, new_theme: str = "", look_at: int = LOOK_AT) -> Trial:
    """The same for a theme rule; one on topics is tried on the topics that are known.

    `new_theme`: the name of a theme that is not stored yet, of which `draft` has an id that none has.
    """
    names: dict[int | None, str] = {None: "no theme"}
    names.update(Theme.objects.values_list("pk", "name"))
    if new_theme:
        names[draft.theme_id] = new_theme
    if draft.field == ThemeRule.Field.TOPIC:
        return _look_at_topics(draft, names)
    mapping, themes = in_use()
    stored = next((row for row in themes if row.pk == draft.pk), None)
    tests = [theme_test(theme_rule_row(row)) for row in (draft, stored) if row is not None]
    before, after = compiled(mapping, themes), compiled(mapping, _placed(draft, themes))
    return _look(tests, before, after, lambda reading: reading.theme_name or str(names[reading.theme_id]), look_at)


def try_traffic_rule(draft: TrafficRule, *, look_at: int = LOOK_AT) -> Trial:
    """The same for a new rule of whose events give no points; `differs` counts what would give none from then on."""
    draft_row = TrafficRow(draft.kind, draft.field, draft.value, draft.property_name)
    alone, before, after = Traffic([draft_row]), Traffic(traffic_in_use()), Traffic([*traffic_in_use(), draft_row])
    found = Trial()
    for at, seen, domain in _latest(look_at):
        found.looked_at += 1
        now, then, by_it = (
            rules.why(properties=seen.properties, context=seen.context, domain=domain)
            for rules in (before, after, alone)
        )
        if not by_it:
            continue
        found.matched += 1
        found.differs += now != then
        if len(found.samples) < MOST_SAMPLES:
            found.samples.append(Sample(at, _what(seen), _IGNORED_AS[now], _IGNORED_AS[then]))
    return found


def _placed(draft: Rule, stored: Sequence[Rule]) -> list[Rule]:
    if any(row.pk == draft.pk for row in stored):
        return [draft if row.pk == draft.pk else row for row in stored]
    placed = [draft]
    placed.extend(stored)
    return placed


def _look(
    tests: Sequence[Callable[[Facets], bool]],
    before: Rules,
    after: Rules,
    words: Callable[[Reading], str],
    look_at: int,
) -> Trial:
    """`tests`: the draft's, and that of the rule which it replaces."""
    found = Trial()
    for at, seen, _ in _latest(look_at):
        found.looked_at += 1
        facets = Facets(seen)
        holds_now = tests[0](facets)
        if not any(test(facets) for test in tests):
            continue
        now, then = before.read(seen), after.read(seen)
        found.matched += holds_now
        found.differs += now != then
        if holds_now and len(found.samples) < MOST_SAMPLES:
            found.samples.append(Sample(at, _what(seen), words(now), words(then)))
    return found


def _look_at_topics(draft: ThemeRule, names: dict[int | None, str]) -> Trial:
    found = Trial(noun="topics")
    for topic in IntentTopic.objects.order_by("name"):
        found.looked_at += 1
        if holds(draft, topic.name):
            found.matched += 1
            found.differs += topic.theme_id != draft.theme_id and not topic.theme_overridden
            then = topic.theme_id if topic.theme_overridden else draft.theme_id
            if len(found.samples) < MOST_SAMPLES:
                found.samples.append(Sample(None, topic.name, names[topic.theme_id], names[then]))
    return found


def _what(seen: Seen) -> str:
    return (seen.path or seen.name) if seen.kind in {"page", "screen"} else seen.name


def _latest(look_at: int) -> Iterator[tuple[datetime, Seen, str]]:
    """When, what, and the domain by which it is matched."""
    last, left = _AFTER_ALL, look_at
    while left > 0:
        with connection.cursor() as cursor:
            cursor.execute(_LATEST, [last, min(left, _CHUNK)])
            rows = cursor.fetchall()
        for touch_id, at, kind, name, path, properties, context, domain in rows:
            last = touch_id
            yield at, Seen(kind, name, path, stored_object(properties), stored_object(context)), domain
        if len(rows) < min(left, _CHUNK):
            return
        left -= len(rows)
