"""What-if says what a draft would do, and stores nothing (domain.md §7)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import AccountFact, User
from accounts.roles import Role
from handoff.models import Opportunity
from signals import snapshot
from signals.actions import request_rescore
from signals.comparison import Move
from signals.models import CenterState, Decision, ScoringModel
from signals.publishing import active_model, config_of, copy_to_draft
from signals.rescore import rescore_due
from signals.scoring_config import ScoringConfig
from signals.trial import tried
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
    assert list(found.moves) == [
        Move(center, company.pk, "leaves", found.moves[0].score_before, found.moves[0].score_after, None, "spread")
    ]
    assert round(found.moves[0].score_before, 2) == round(found.moves[0].score_after, 2) == 91.63
    assert (found.centers, found.qualified_before, found.qualified_after) == (2, 1, 0)
    assert found.leaving_by_gate == {"spread": 1}
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


@time_machine.travel(NOW, tick=False)
def test_a_center_that_scoring_cannot_read_is_left_out_by_name(client: Client) -> None:
    company, broken = given.worked_example(), given.account("Broken Ltd")
    AccountFact.objects.create(account=broken, field="customer_since", value="soon", known_from=given.ago(300))
    draft = copy_to_draft(model=active_model(), by=None)
    client.force_login(User.objects.create_user("ada@example.com", "x", role=Role.ADMIN))
    page = client.get(reverse("signals:whatif_of", args=[draft.version]))
    assert page.context["result"].left_out == [given.whole(broken).pk]
    assert "1 center could not be computed and is left out" in page.content.decode()
    assert "Broken Ltd" in page.content.decode()
    assert page.context["result"].week_after == 1
    assert company.pk != broken.pk


# Other bars, saved nowhere


def test_bars_are_tried_where_they_go_together() -> None:
    config = ScoringConfig.default()
    asked = {"gates.mqa_score": "80", "gates.min_contacts": "3", "gates.min_theme_share": "0.55", "min_fit": ""}
    document, bars = tried(config, asked)
    assert (document.gates.mqa_score, document.gates.min_contacts, document.gates.min_theme_share) == (80, 3, 0.55)
    assert document.model_copy(update={"gates": config.gates}) == config
    assert [(one.bar.path, one.drafted, one.value) for one in bars if one.is_other] == [
        ("gates.mqa_score", 70, 80),
        ("gates.min_contacts", 2, 3),
        ("gates.min_theme_share", 0.4, 0.55),
    ]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"gates.mqa_score": "30"}, "'consideration' begins at 40, which must be below mqa_score (30)"),
        ({"gates.min_contacts": "1.5"}, "valid integer"),
        ({"min_fit": "inf"}, "finite number"),
        ({"min_fit": "x"}, "x is no number"),
    ],
)
def test_a_bar_that_can_not_be_says_why_and_the_drafts_counts(asked: dict[str, str], error: str) -> None:
    config = ScoringConfig.default()
    document, bars = tried(config, asked)
    (wrong,) = [one for one in bars if one.error]
    assert document == config
    assert (error in wrong.error, wrong.value) == (True, wrong.drafted)


@time_machine.travel(NOW, tick=False)
def test_the_page_shows_what_another_bar_would_do_and_saves_nothing(client: Client) -> None:
    company = given.worked_example()
    draft = copy_to_draft(model=active_model(), by=None)
    client.force_login(User.objects.create_user("ada@example.com", "x", role=Role.ADMIN))
    url = reverse("signals:whatif_of", args=[draft.version])
    assert client.get(url).context["found"].counts == {}
    page = client.get(url, {"gates.min_contacts": "8"})
    assert [(move.account_id, move.kind, move.block_after) for move in page.context["found"].moves] == [
        (company.pk, "leaves", "spread")
    ]
    assert "People of a spread 2 → 8" in page.content.decode()
    assert ScoringModel.objects.get(pk=draft.pk).config == draft.config
