"""The rules for reading events, compiled once per process and again when they change (signals/reading.py)."""

import threading
from collections.abc import Iterable

from django.db import connection, transaction

from signals import starter
from signals.models import MappingRule, Theme, ThemeRule, TouchType, TrafficRule
from signals.reading import UNMAPPED, RuleRow, Rules, ThemeRuleRow, TypeRow
from signals.traffic import Traffic, TrafficRow

# Every change of a row gives it another place and xmin: one cheap statement over tiny tables.
_FINGERPRINT = " UNION ALL ".join(
    f"SELECT count(*), coalesce(bit_xor(hashtextextended(ctid::text || xmin::text, 0)), 0) FROM {model._meta.db_table}"  # noqa: S608, SLF001
    for model in (TouchType, MappingRule, ThemeRule, Theme, TrafficRule)
)

Fingerprint = tuple[tuple[int, int], ...]

_lock = threading.Lock()
_known: tuple[Fingerprint, Rules] | None = None


def current() -> Rules:
    """The rules as they are now; one query when nothing changed."""
    global _known  # noqa: PLW0603 - one per process is the point
    found = _fingerprint()
    known = _known
    if known is not None and known[0] == found:
        return known[1]
    if not TouchType.objects.filter(key=UNMAPPED).exists():
        starter.install()
        found = _fingerprint()
    with transaction.atomic():
        rules = compiled(*in_use())
    with _lock:
        # What was read may be newer than the fingerprint; then the next call reads again.
        _known = (found, rules)
    return rules


def _fingerprint() -> Fingerprint:
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        return tuple((int(count), int(total)) for count, total in cursor.fetchall())


def rule_row(row: MappingRule) -> RuleRow:
    """A mapping rule, stored or not yet, as reading takes it."""
    return RuleRow(
        field=row.field,
        match=row.match,
        value=row.value,
        touch_type_id=row.touch_type_id,
        property_name=row.property_name,
        property_value=row.property_value,
        theme_id=row.theme_id,
        channel=row.channel,
        campaign=row.campaign,
        minutes=row.minutes,
    )


def theme_rule_row(row: ThemeRule) -> ThemeRuleRow:
    """A theme rule, stored or not yet, as reading takes it."""
    return ThemeRuleRow(row.theme_id, row.field, row.match, row.value, row.property_name)


def in_use() -> tuple[list[MappingRule], list[ThemeRule]]:
    """The rules that are read by, in their order."""
    return (
        list(MappingRule.objects.filter(is_active=True).order_by("position", "pk")),
        list(
            ThemeRule.objects.filter(archived_at__isnull=True, theme__archived_at__isnull=True).order_by(
                "position", "pk"
            )
        ),
    )


def traffic_in_use() -> list[TrafficRow]:
    """The rules of whose events give no points."""
    found = TrafficRule.objects.filter(is_active=True)
    return [TrafficRow(*row) for row in found.values_list("kind", "field", "value", "property_name")]


def compiled(mapping: Iterable[MappingRule], themes: Iterable[ThemeRule]) -> Rules:
    """These rules in this order, with the types and themes of the installation."""
    return Rules(
        types=(
            TypeRow(row.pk, row.key, row.default_minutes, row.hand_raise) for row in TouchType.objects.order_by("pk")
        ),
        rules=map(rule_row, mapping),
        theme_rules=map(theme_rule_row, themes),
        themes=Theme.objects.filter(archived_at__isnull=True).order_by("pk").values_list("pk", "key", "name"),
        traffic=Traffic(traffic_in_use()),
        archived=Theme.objects.filter(archived_at__isnull=False).values_list("key", "name"),
    )
