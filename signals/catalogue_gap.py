"""Where a version of the model and the catalogue have parted (domain.md §7): types made after it, marks changed since.

A published version keeps the catalogue as it was. What it does not know gives nothing, so the page says so, and one step
publishes the same model with the catalogue as it is (`publishing.publish_catalogue`).
"""

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from accounts.models import Persona
from signals import wording
from signals.models import Touch, TouchType
from signals.publishing import with_catalogue
from signals.scoring_config import ScoringConfig, TouchTypeSpec

LOOK_BACK = timedelta(days=90)


def gaps(config: ScoringConfig) -> list[str]:
    """A sentence for each thing of the catalogue that the version has otherwise or not at all; none when they agree."""
    today = with_catalogue(config)
    names = dict(TouchType.objects.values_list("key", "name"))
    new = sorted(set(today.touch_types) - set(config.touch_types))
    received = _received(new)
    found = [f"{names[key]} is not in it{_cost(received.get(key, 0))}." for key in new]
    for key in sorted(set(today.touch_types) & set(config.touch_types)):
        if today.touch_types[key] != config.touch_types[key]:
            was, now = _marks(config.touch_types[key]), _marks(today.touch_types[key])
            found.append(f"{names[key]} is {was} in it, and {now} in the catalogue.")
    found += [
        f"{key} is in it and no touch type any more."
        for key in sorted(set(config.touch_types) - set(today.touch_types))
    ]
    if today.key_personas != config.key_personas:
        found.append(f"Its key personas are {_personas(config)}; marked now: {_personas(today)}.")
    return found


def _cost(touches: int) -> str:
    if not touches:
        return ""
    verb = "gives" if touches == 1 else "give"
    return f": {wording.count(touches, 'touch', 'touches')} of the last 90 days {verb} no points"


def _received(keys: list[str]) -> dict[str, int]:
    if not keys:
        return {}
    since = timezone.now() - LOOK_BACK
    rows = Touch.objects.filter(touch_type__key__in=keys, occurred_at__gte=since, account__isnull=False, ignored="")
    return dict(rows.order_by().values_list("touch_type__key").annotate(n=Count("pk")))


def _marks(spec: TouchTypeSpec) -> str:
    words = [f"{spec.tier} tier", spec.direction]
    words += ["a hand-raise"] if spec.hand_raise else []
    words += ["decision stage"] if spec.decision_stage else []
    return ", ".join(words)


def _personas(config: ScoringConfig) -> str:
    names = Persona.objects.filter(pk__in=config.key_personas).order_by("name").values_list("name", flat=True)
    return wording.join(list(names)) or "none"
