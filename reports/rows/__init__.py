"""The rows behind every figure, by the kind that a figure's cell names."""

from reports.rows import abm, attribution, funnel, quality, revenue, speed
from reports.rows.base import Load, Row, Rows, Unknown

KINDS: dict[str, tuple[str, Load]] = {
    "mqa": ("funnel", funnel.mqas),
    "mqa_opportunity": ("funnel", funnel.mqas_with_opportunity),
    "inquirers": ("funnel", funnel.inquirers),
    "path": ("funnel", funnel.path),
    "velocity": ("funnel", funnel.velocity),
    "closed": ("funnel", funnel.closed),
    "created": ("funnel", funnel.created),
    "credits": ("attribution", attribution.credits_of),
    "credited": ("attribution", attribution.credited),
    "clock": ("speed", speed.clock),
    "answers": ("speed", speed.answers),
    "moves": ("speed", speed.moves),
    "scored": ("model", quality.scored),
    "targets": ("abm", abm.targets),
    "minutes": ("abm", abm.minutes),
    "key_people": ("abm", abm.key_people),
    "reach": ("abm", abm.reach),
    "influence": ("abm", abm.influence),
    "standing": ("abm", abm.standings),
    "retained": ("revenue", revenue.retained),
    "customers": ("revenue", revenue.customers),
    "revenue": ("revenue", revenue.events),
}

__all__ = ["KINDS", "Row", "Rows", "Unknown"]
