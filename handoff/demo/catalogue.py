"""How Northbeam set its desk up: themes and their rules, key personas, custom fields, calendar, and model version 2."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import CustomField, Persona, Technology, User
from handoff.demo.intent import TOPICS
from handoff.demo.offers import PATH_WORDS, THEMES
from handoff.demo.words import TECHNOLOGIES
from handoff.models import DeskPolicy
from signals import publishing
from signals.models import IntentTopic, ScoringModel, Theme, ThemeRule

# Of the starter's personas those whom Northbeam sells to.
KEY_PERSONAS = (
    "Economic buyer (finance)",
    "Technical decision maker",
    "Operations leader",
    "Executive sponsor",
)
EVALUATED_ONLY = {"Integration platform": "Integration platform", "API management": "Integration platform"}

INDUSTRIES = [
    "Logistics", "Manufacturing", "Utilities", "Hospitals", "Food", "Retail", "Banking", "Insurance", "Legal services",
    "Telecom", "Construction", "Chemicals", "Automotive", "Pharma", "Robotics",
]  # fmt: skip

CRITERIA: list[dict[str, Any]] = [
    {"id": "industry", "field": "industry", "operator": "in", "value": INDUSTRIES, "kind": "required",
     "label": "Industry that moves goods, money or patients"},
    {"id": "size", "field": "employees", "operator": "between", "value": [200, 10_000], "kind": "required",
     "label": "200 to 10,000 employees"},
    {"id": "erp", "field": "technology_used", "operator": "in", "value": ["SAP", "Oracle ERP"], "weight": 3,
     "label": "Uses SAP or Oracle ERP"},
    {"id": "evaluating", "field": "technology_evaluating", "operator": "in",
     "value": ["Integration platform", "API management"], "weight": 2, "label": "Evaluating an integration platform"},
    {"id": "region", "field": "region", "operator": "in", "value": ["EMEA", "Americas"], "weight": 2,
     "label": "Where we have people: EMEA or the Americas"},
    {"id": "sites", "field": "locations", "operator": "at_least", "value": 3, "weight": 1, "label": "Three sites or more"},
    {"id": "growth", "field": "revenue_growth", "operator": "at_least", "value": 10, "weight": 1,
     "label": "Grows by 10 % a year or more"},
    {"id": "embargo", "field": "country", "operator": "in", "value": ["Belarus", "Russia", "Iran", "North Korea"],
     "kind": "exclusion", "label": "Country where we may not sell"},
    {"id": "competitor", "field": "technology_used", "operator": "in", "value": ["Northbeam OEM"], "kind": "exclusion",
     "label": "Partner who resells us"},
]  # fmt: skip
MIN_FIT = 30


def set_up(*, by: User, now: dt.datetime) -> ScoringModel:
    """Write the catalogue, and publish model version 2 on top of the starter's; returns it."""
    long_ago = now - dt.timedelta(days=430)
    _themes(long_ago)
    _technologies_and_fields()
    DeskPolicy.objects.update_or_create(
        pk=1,
        defaults={
            # Northbeam works around the clock: somebody who tries the demo on a Sunday evening sees the clocks run too.
            "time_zone": "Europe/Amsterdam",
            "workdays": "1234567",
            "day_starts_at": dt.time.min,
            "day_ends_at": dt.time.max,
        },
    )
    key = Persona.objects.filter(name__in=KEY_PERSONAS).values_list("pk", flat=True)
    publishing.mark_key_personas(persona_ids=key, by=by)
    draft = publishing.copy_to_draft(model=publishing.active_model(), by=by)
    publishing.save_draft(model=draft, config={**draft.config, "criteria": CRITERIA, "min_fit": MIN_FIT}, by=by)
    comment = "Our ideal customer: industry, size, SAP or Oracle, evaluating, where we have people."
    return publishing.publish(model=draft, comment=comment, by=by)


def _themes(known_from: dt.datetime) -> None:
    for key, name in THEMES.items():
        theme, _ = Theme.objects.get_or_create(key=key, defaults={"name": name, "created_at": known_from})
        for place, word in enumerate(PATH_WORDS[key]):
            ThemeRule.objects.create(
                theme=theme, position=100 + place, field="path", match="contains", value=word, created_at=known_from
            )
        for topic in (name for name, of in TOPICS.items() if of == key):
            ThemeRule.objects.create(
                theme=theme, position=200, field="topic", match="is", value=topic, created_at=known_from
            )
            IntentTopic.objects.create(name=topic, theme=theme)
    for topic in (name for name, of in TOPICS.items() if of is None):
        IntentTopic.objects.create(name=topic)


def _technologies_and_fields() -> None:
    known = {name: category for name, (category, _) in TECHNOLOGIES.items()} | EVALUATED_ONLY
    for name, category in known.items():
        Technology.objects.get_or_create(name=name, defaults={"category": category})
    for key, label, kind, choices in (
        ("erp_renewal", "ERP contract renews on", "date", []),
        ("plan", "Self-service plan", "choice", ["Free", "Team", "None"]),
        ("partner_account", "Named by a partner", "boolean", []),
    ):
        CustomField.objects.get_or_create(key=key, defaults={"label": label, "kind": kind, "choices": choices})
