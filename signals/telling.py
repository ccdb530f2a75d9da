"""The evidence behind the present state of a center, wherever it is.

An evaluation stores evidence once: a decision's with the decision, that of a center somebody is concerned with in its state.
What a publish or a new day evaluated beside them is told when it is asked for, from the facts as they were known then, the
same as it would have been stored.
"""

import json
from typing import Any

from signals.facts import load
from signals.models import CenterState, Decision
from signals.publishing import config_of


def evidence_of(state: CenterState | None) -> dict[str, Any]:
    """The evidence of a center's last evaluation; empty for one never evaluated. Costs a scoring where it was not stored."""
    if state is None or state.evaluated_at is None:
        return {}
    if state.evidence is not None:
        return dict(state.evidence)
    if state.decision_id is not None:
        decided = Decision.objects.filter(pk=state.decision_id, as_of=state.evaluated_at)
        stored = decided.values_list("evidence", flat=True).first()
        if stored is not None:
            return dict(stored)
    return _told(state)


def _told(state: CenterState) -> dict[str, Any]:
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.evidence import evidence_many
    from signals.scoring import evaluate

    if state.model is None or state.evaluated_at is None:
        return {}
    config = config_of(state.model)
    facts = load(center_ids=[state.center_id], as_of=state.evaluated_at, config=config, past=True).facts
    evaluation = evaluate(facts, config, state.evaluated_at)
    told = evidence_many(evaluation, model_version=state.model.version, with_touches=False).get(state.center_id, {})
    # As JSON stores it.
    found: dict[str, Any] = json.loads(json.dumps(told))
    return found
