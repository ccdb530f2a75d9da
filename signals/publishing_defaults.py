"""What the first scoring model says. Pure: a migration reads it."""

from typing import Any

from signals.scoring_config import ScoringConfig

FIRST_COMMENT = "The defaults."


def first_config() -> dict[str, Any]:
    """domain.md's defaults with the starter catalogue, as JSON."""
    return ScoringConfig.default().model_dump(mode="json")
