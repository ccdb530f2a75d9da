"""What-if says what a draft would do, and stores nothing (domain.md §7)."""

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.roles import Role
from handoff.models import Opportunity
from signals import snapshot
from signals.actions import request_rescore
from signals.comparison import Move
from signals.models import CenterState, Decision
from signals.publishing import active_model, config_of
from signals.rescore import rescore_due
from signals.scoring_config import ScoringConfig
from signals.whatif import WhatIf, what_if
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    snapshot.forget()


def stricter(**gates: float) -> ScoringConfig:
    config = config_of(active_model())
    return config.model_copy(update={"gates": config.gates.model_copy(update=gates)})


def test_a_higher_bar_makes_the_account_leave_at_its_gate() -> None:
    company = given.worked_example(domain="northwind.com")
    quiet = given.account("Quiet")
    found = what_if(active=config_of(active_model()), draft=stricter(min_contacts=4), now=NOW).moves
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
    found = what_if(active=config_of(active_model()), draft=ScoringConfig.model_validate(config), now=NOW).moves
    assert [(move.account_id, move.kind, move.block_after) for move in found.moves] == [
        (company.pk, "leaves", "relevance")
    ]


def owner(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.com", "x", name=name, role=Role.SDR)


def loads(found: WhatIf) -> list[tuple]:
    return [
        (load.sdr and load.sdr.name, load.before, load.after, load.week_before, load.week_after) for load in found.loads
    ]


def test_the_queue_of_each_sdr_is_what_their_accounts_would_bring() -> None:
    ann, _ = owner("Ann"), owner("Bob")
    given.worked_example(name="Ann's", owner_sdr=ann)
    given.worked_example(name="Nobody's")
    given.worked_example(name="Customer", owner_sdr=ann, lifecycle="customer")
    dealing = given.worked_example(name="Dealing", owner_sdr=ann)
    Opportunity.objects.create(account=dealing, name="Deal")
    config = config_of(active_model())
    found = what_if(active=config, draft=stricter(min_contacts=4), now=NOW)
    assert (found.moves.qualified_before, found.moves.qualified_after) == (4, 0)
    assert loads(found) == [("Ann", 1, 0, 1, 0), ("Bob", 0, 0, 0, 0), (None, 1, 0, 1, 0)]


def test_new_within_a_week_is_what_was_no_mqa_seven_days_ago_as_known_then() -> None:
    given.worked_example()
    config = config_of(active_model())
    # The touches are of the last six days; two days later most lie before that week's end, a week later all do.
    for days, new in ((0, 1), (7, 0)):
        found = what_if(active=config, draft=config, now=NOW + timedelta(days=days))
        assert (found.moves.qualified_before, found.week_before, found.week_after) == (1, new, new)
