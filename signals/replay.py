"""Recomputes stored decisions from stored facts (domain.md §4, "Evidence").

A decision is replayed from the touches that it names and from the other facts as they were known when it was made. A fact
is known from a moment, but is seen from its commit on, a little later; so where the moment itself gives another result,
those just beside it are tried too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from signals.facts import load
from signals.ladder import RENAMED_WARNINGS
from signals.models import Decision
from signals.publishing import config_of
from signals.telling import evidence_of_decision

# Longer than a transaction that writes facts takes, and clocks differ.
BESIDE = timedelta(minutes=2)

_MOMENTS = """
SELECT DISTINCT moment FROM (
    SELECT known_from AS moment FROM signals_touch WHERE id = ANY(%(touches)s)
    UNION ALL SELECT known_from FROM signals_pastreading WHERE touch_id = ANY(%(touches)s)
    UNION ALL SELECT known_from FROM accounts_accountfact WHERE account_id = %(account)s
    UNION ALL SELECT f.known_from FROM accounts_contactfact f JOIN accounts_contact c ON c.id = f.contact_id
        WHERE c.account_id = %(account)s
    UNION ALL SELECT unnest(ARRAY[known_from, known_until]) FROM accounts_accounttechnology WHERE account_id = %(account)s
    UNION ALL SELECT unnest(ARRAY[received_at, known_from]) FROM signals_intentsignal WHERE account_id = %(account)s
    UNION ALL SELECT unnest(ARRAY[known_from, known_until]) FROM signals_pastmatch WHERE account_id = %(account)s
) m WHERE moment BETWEEN %(first)s AND %(last)s ORDER BY moment DESC"""


@dataclass(frozen=True)
class Replayed:
    """What became of one decision: `differences` by field as (stored, computed), none when it came out the same.

    `erased`: how many of its touches are gone; it can't come out the same then, and that is no fault.
    """

    decision_id: int
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    erased: int = 0


_FIGURES = ("qualified", "block", "stage", "icp", "score", "fit", "engagement", "intent", "points_micro")


def replay(decisions: Iterable[Decision]) -> Iterator[Replayed]:
    """Replay each decision. Their `model` should be loaded."""
    for decision in decisions:
        found = _compare(decision, _compute(decision, decision.as_of))
        if found:
            for moment in _moments_beside(decision):
                if not _compare(decision, _compute(decision, moment)):
                    found = {}
                    break
        yield Replayed(decision.pk, found, _erased(decision) if found else 0)


def _compute(decision: Decision, known_at: datetime) -> dict[str, Any] | None:
    """What the decision's model says of its center at its moment; None when the center is gone."""
    from signals.evidence import evidence_many
    from signals.scoring import evaluate

    config = config_of(decision.model)
    facts = load(
        center_ids=[decision.center_id],
        as_of=decision.as_of,
        config=config,
        past=True,
        touch_ids=decision.touch_ids,
        known_at=known_at,
    ).facts
    evaluation = evaluate(facts, config, decision.as_of)
    if evaluation.centers.is_empty():
        return None
    row = evaluation.centers.row(0, named=True)
    kept = evidence_many(evaluation, model_version=decision.model.version, with_touches=False)[decision.center_id]
    figures = {name: row[name] for name in _FIGURES} | {"block": row["block"] or ""}
    # As JSON stores it: tuples are lists, keys are text.
    return figures | {"evidence": json.loads(json.dumps(kept))}


def _compare(decision: Decision, computed: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    if computed is None:
        return {"center": (decision.center_id, None)}
    found = {
        name: (getattr(decision, name), computed[name])
        for name in _FIGURES
        if getattr(decision, name) != computed[name]
    }
    told = _as_named_now(evidence_of_decision(decision))
    for key in sorted({*told, *computed["evidence"]}):
        stored, now = told.get(key), computed["evidence"].get(key)
        if stored != now:
            found[f"evidence.{key}"] = (stored, now)
    return found


def _as_named_now(evidence: dict[str, Any]) -> dict[str, Any]:
    """Stored evidence with its warnings as they are called today."""
    text = json.dumps(evidence)
    for before, after in RENAMED_WARNINGS.items():
        text = text.replace(f'"{before}"', f'"{after}"')
    return dict(json.loads(text))


def _moments_beside(decision: Decision) -> list[datetime]:
    """Moments just before and at which a fact of the account became known, near the decision's."""
    values: dict[str, Any] = {
        "touches": decision.touch_ids,
        "account": decision.account_id,
        "first": decision.as_of - BESIDE,
        "last": decision.as_of + BESIDE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOMENTS, values)
        moments = [row[0] for row in cursor.fetchall()]
    return [beside for moment in moments for beside in (moment, moment - timedelta(microseconds=1))]


def _erased(decision: Decision) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cardinality(%(ids)s::bigint[]) - count(*) FROM signals_touch t"
            " LEFT JOIN accounts_contact c ON c.id = t.contact_id"
            " WHERE t.id = ANY(%(ids)s::bigint[]) AND c.erased_at IS NULL",
            {"ids": decision.touch_ids},
        )
        return int(cursor.fetchone()[0])
