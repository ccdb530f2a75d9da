"""What-if says what a draft would do, and stores nothing (domain.md §7)."""

import pytest

from signals.actions import request_rescore
from signals.comparison import Move
from signals.models import CenterState, Decision
from signals.publishing import active_model, config_of
from signals.rescore import rescore_due
from signals.scoring_config import ScoringConfig
from signals.whatif import what_if
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def stricter(**gates: float) -> ScoringConfig:
    config = config_of(active_model())
    return config.model_copy(update={"gates": config.gates.model_copy(update=gates)})


def test_a_higher_bar_makes_the_account_leave_at_its_gate() -> None:
    company = given.worked_example(domain="northwind.com")
    quiet = given.account("Quiet")
    found = what_if(active=config_of(active_model()), draft=stricter(min_contacts=4), now=NOW)
    center = given.whole(company).pk
    assert found.moves == [
        Move(center, company.pk, "leaves", found.moves[0].score_before, found.moves[0].score_after, None, "spread")
    ]
    assert round(found.moves[0].score_before, 2) == round(found.moves[0].score_after, 2) == 91.63
    assert (found.centers, found.qualified_before, found.qualified_after) == (2, 1, 0)
    assert found.leaving_by_gate() == {"spread": 1}
    assert quiet.pk != company.pk


def test_a_preview_stores_nothing() -> None:
    company = given.worked_example(domain="northwind.com")
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_due(now=NOW)
    before = list(CenterState.objects.values()), Decision.objects.count()
    what_if(active=config_of(active_model()), draft=stricter(mqa_score=99), now=NOW)
    assert (list(CenterState.objects.values()), Decision.objects.count()) == before


def test_a_criterion_of_the_draft_alone_is_read_for_it() -> None:
    company = given.worked_example(domain="northwind.com")
    config = config_of(active_model()).model_dump(mode="json")
    config["criteria"] = [
        {"id": "erp", "field": "technology_used", "operator": "in", "value": ["SAP"], "kind": "required"}
    ]
    found = what_if(active=config_of(active_model()), draft=ScoringConfig.model_validate(config), now=NOW)
    assert [(move.account_id, move.kind, move.block_after) for move in found.moves] == [
        (company.pk, "leaves", "relevance")
    ]
