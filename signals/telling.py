"""The evidence behind the present state of a center, wherever it is.

An evaluation keeps evidence once: a decision's with the decision, that of a center somebody is concerned with in its state;
what is kept are measures (signals/evidence_kept.py), and reading the columns `kept` and `evidence` is for this module alone.
What a publish or a new day evaluated beside them is told when it is asked for, from the facts as they were known then, the
same as it would have been stored.
"""

import json
from typing import Any

from signals.facts import load
from signals.models import CenterState, Decision
from signals.publishing import config_of, frozen_config


def evidence_of(state: CenterState | None) -> dict[str, Any]:
    """The evidence of a center's last evaluation; empty for one never evaluated. Costs a scoring where it was not stored."""
    if state is None or state.evaluated_at is None:
        return {}
    if state.evidence is not None:
        return _of(state.evidence, state.model_id)
    if state.decision_id is not None:
        decided = Decision.objects.filter(pk=state.decision_id, as_of=state.evaluated_at)
        stored = decided.only("kept", "evidence", "model_id").first()
        if stored is not None:
            return evidence_of_decision(stored)
    return _told(state)


def line_of(state: CenterState) -> str:
    """The line for lists. What was never before the desk has none stored, and can have come to it by a merge."""
    if state.why or state.qualified or not (told := evidence_of(state)):
        return state.why
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.explain import why_line

    return why_line(told)


def evidence_of_decision(decision: Decision) -> dict[str, Any]:
    """The evidence of a stored decision, whatever the shape it was kept in; empty where it was kept without any."""
    return _of(json.loads(decision.kept) if decision.kept else decision.evidence or {}, decision.model_id)


def _of(kept: dict[str, Any], model_id: int | None) -> dict[str, Any]:
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.evidence import tell

    return tell(kept, frozen_config(model_id)) if model_id is not None and "kept" in kept else kept


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
