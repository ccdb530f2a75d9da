"""Other bars than a draft has, tried on the what-if page and saved nowhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from signals.model_fields import changed, read
from signals.scoring_config import ScoringConfig, field_errors


@dataclass(frozen=True)
class Bar:
    """A bar of the model as a slider: where it is in the document, what it is called, and how far the slider goes."""

    path: str
    label: str
    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Tried:
    """A bar with the draft's value and the one tried (the same where none is); `error` says why it can't be."""

    bar: Bar
    drafted: float
    value: float
    error: str = ""

    @property
    def is_other(self) -> bool:
        """Another value than the draft's is tried."""
        return self.value != self.drafted


# Each decides over what was measured once, so that following the slider measures nothing again.
BARS = (
    Bar("gates.mqa_score", "Score of an MQA", 5, 100, 1),
    Bar("full_points", "Points for full engagement", 5, 200, 5),
    Bar("min_fit", "Fit of the ICP", 0, 100, 5),
    Bar("gates.cluster_person_days", "Person-days of a cluster", 1, 15, 1),
    Bar("gates.min_contacts", "People of a spread", 1, 8, 1),
    Bar("gates.min_theme_share", "Share of one theme", 0, 1, 0.05),
)


def tried(config: ScoringConfig, asked: Mapping[str, str]) -> tuple[ScoringConfig, list[Tried]]:
    """The document with the bars that `asked` has by path, and each bar; one that can't be keeps the draft's value."""
    document = config.model_dump(mode="json")
    found = []
    for bar in BARS:
        drafted = float(read(document, bar.path))
        text = asked.get(bar.path, "").strip()
        one = Tried(bar, drafted, drafted)
        if text:
            try:
                value = float(text)
                config = ScoringConfig.model_validate(
                    changed(config.model_dump(mode="json"), {bar.path: int(value) if value.is_integer() else value})
                )
                one = Tried(bar, drafted, value)
            except ValidationError as error:
                one = Tried(bar, drafted, drafted, "; ".join(message for _, message in field_errors(error)))
            except (ValueError, OverflowError):
                one = Tried(bar, drafted, drafted, f"{text[:20]} is no number")
        found.append(one)
    return config, found
