"""What a draft would do if it were published now: who would move (domain.md §7). Stores nothing."""

from datetime import datetime

from signals.comparison import Comparison, compare
from signals.facts import load_facts
from signals.scoring_config import ScoringConfig


def what_if(*, active: ScoringConfig, draft: ScoringConfig, now: datetime) -> Comparison:
    """Who would move if `draft` were published at `now`, over all centers."""
    from signals.scoring import evaluate

    facts = load_facts(center_ids=None, as_of=now, config=reading_all(active, draft))
    return compare(evaluate(facts, active, now), evaluate(facts, draft, now))


def reading_all(*configs: ScoringConfig) -> ScoringConfig:
    """A document whose facts suffice for all `configs`: their criteria together, the longest windows."""
    wider = max(configs, key=lambda config: config.history_days)
    criteria = {
        criterion.id + str(number): criterion for number, config in enumerate(configs) for criterion in config.criteria
    }
    renamed = [criterion.model_copy(update={"id": key}) for key, criterion in criteria.items()]
    intent = max((config.intent for config in configs), key=lambda rules: rules.window_days)
    return wider.model_copy(update={"criteria": tuple(renamed), "intent": intent})
