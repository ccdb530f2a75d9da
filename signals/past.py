"""What was said of a center on a past day (domain.md §4, "Evidence"): computed from the facts as they were known then.

"On day X" means at its end, by the version that was active then. Stores nothing.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from accounts.models import BuyingCenter
from signals import wording
from signals.facts import load
from signals.missed_days import active_at
from signals.models import Decision, ScoringModel
from signals.publishing import config_of


@dataclass(frozen=True)
class Then:
    """An evaluation of a past moment, with the names that a Decision has."""

    center: BuyingCenter
    model: ScoringModel
    as_of: datetime
    qualified: bool
    block: str
    stage: str
    score: float
    fit: float
    engagement: float
    intent: float
    points_micro: int
    evidence: dict[str, Any]
    touch_ids: list[int]

    @property
    def account_id(self) -> int:
        """Of the center."""
        return self.center.account_id

    @property
    def center_id(self) -> int:
        """Of the center."""
        return int(self.center.pk)

    def get_stage_display(self) -> str:
        """The stage in words."""
        return wording.stage(self.stage)


def at_end_of(day: date, center: BuyingCenter, *, now: datetime) -> Then | None:
    """The evaluation of a center at the end of a day (today: now); None for a day before the account was known."""
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.evidence import evidence_many
    from signals.scoring import evaluate

    as_of = min(datetime.combine(day, time.max, UTC), now)
    if center.created_at > as_of and not Decision.objects.filter(center=center, as_of__lte=as_of).exists():
        return None
    # A version that decides anew stores a decision of each center: the one that stood names the version of its day, also
    # where its history is older than its publications.
    stood = decision_on(day, center)
    model = stood.model if stood else active_at(as_of)
    config = config_of(model)
    facts = load(center_ids=[center.pk], as_of=as_of, config=config, past=True).facts
    evaluation = evaluate(facts, config, as_of)
    if evaluation.centers.is_empty():
        return None
    row = evaluation.centers.row(0, named=True)
    told = evidence_many(evaluation, model_version=model.version, with_touches=False)[center.pk]
    figures = ("qualified", "stage", "score", "fit", "engagement", "intent", "points_micro")
    return Then(
        center=center,
        model=model,
        as_of=as_of,
        block=row["block"] or "",
        evidence=json.loads(json.dumps(told)),
        touch_ids=sorted(facts.touches["touch_id"].to_list()),
        **{name: row[name] for name in figures},
    )


def decision_on(day: date, center: BuyingCenter) -> Decision | None:
    """The stored decision that stood at the end of a day."""
    end = datetime.combine(day, time.max, UTC)
    found = Decision.objects.filter(center=center, as_of__lte=end).select_related("model").defer(*Decision.WIDE)
    return found.order_by("-as_of", "-id").first()
