"""The editor's lists: rules and bands come and go, what was typed is kept, and every field says what it does."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from signals.model_fields import RULE_WORDS, default_of, fields_of
from signals.model_queries import stages_ever
from signals.models import CenterState, Decision, ScoringModel
from signals.policies import RULE_KINDS
from signals.publishing import active_model, copy_to_draft, publish
from signals.rescore import rescore_until_done
from signals.scoring_config import ScoringConfig
from signals.telling import evidence_of_decision
from tests.signals import given
from tests.signals.test_model_pages import fields, signed_in

pytestmark = pytest.mark.django_db

# A look-back of 20 days, with every window within it.
SHORT = {
    "lookback_days": 20,
    "gates": {"recent_days": 20},
    "progression": {"tier_days": 10, "momentum_days": 10},
    "policies": {name: {"rules": [{"kind": "qualified_leads"}]} for name in ("target", "other")},
}
LAST = "which must be below mqa_score ({}), the bound where the last band ends"


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def draft() -> ScoringModel:
    return copy_to_draft(model=active_model(), by=None)


def sent(admin: Client, draft: ScoringModel, tab: str, changes: dict[str, str]):
    """The answer to the tab's form with these changes."""
    answer = admin.post(reverse("signals:edit", args=[draft.version, tab]), fields(admin, draft, tab) | changes)
    draft.refresh_from_db()
    return answer


def edited(admin: Client, draft: ScoringModel, tab: str, changes: dict[str, str]) -> dict:
    """The document after a form that is taken."""
    answer = sent(admin, draft, tab, changes)
    assert answer.status_code == 302, answer.context["form"].errors
    return draft.config


def refused(admin: Client, draft: ScoringModel, tab: str, changes: dict[str, str]) -> dict[str, list[str]]:
    """The errors of a form that is not taken; nothing is saved."""
    before = draft.config
    answer = sent(admin, draft, tab, changes)
    assert (answer.status_code, draft.config) == (422, before)
    return answer.context["form"].errors


def test_rules_are_added_and_removed_and_what_was_typed_is_kept(admin: Client, draft: ScoringModel) -> None:
    adding = {"add": "target", "preset.target": "2 qualified leads", "policies.target.rules.0.min_points": "35"}
    rules = edited(admin, draft, "policies", adding)["policies"]["target"]["rules"]
    assert [(rule["kind"], rule.get("min_points")) for rule in rules] == [
        ("persona_points", 35),
        ("qualified_leads", None),
    ]

    removing = {
        "remove": "policies.target.rules.0",
        "policies.target.rules.0.min_points": "nonsense",  # of what goes nobody asks
        "policies.target.rules.1.min_people": "4",
        "policies.other.min_executives": "1",
    }
    left = edited(admin, draft, "policies", removing)["policies"]
    assert left["target"]["rules"] == [{"kind": "qualified_leads", "min_people": 4}]
    assert left["other"]["min_executives"] == 1


def test_what_is_wrong_elsewhere_is_said_when_a_rule_goes(admin: Client, draft: ScoringModel) -> None:
    edited(admin, draft, "policies", {"add": "target", "preset.target": "60 minutes, 2 people over 10"})
    removing = {"remove": "policies.target.rules.0", "policies.target.rules.1.days": "120"}
    assert refused(admin, draft, "policies", removing) == {
        "policies.target.rules.1.days": ["120 days are more than the look-back of 90"]
    }


def test_the_last_rule_can_not_be_removed(admin: Client, draft: ScoringModel) -> None:
    removing = {"remove": "policies.target.rules.0"}
    assert refused(admin, draft, "policies", removing) == {"__all__": ["A policy needs a rule."]}


def test_a_rule_that_is_added_fits_a_short_look_back(admin: Client, draft: ScoringModel) -> None:
    ScoringModel.objects.filter(pk=draft.pk).update(config=ScoringConfig.model_validate(SHORT).model_dump(mode="json"))
    draft.refresh_from_db()
    adding = {"add": "other", "preset.other": "60 minutes, 2 people over 10"}
    rules = edited(admin, draft, "policies", adding)["policies"]["other"]["rules"]
    assert [(rule["kind"], rule.get("days")) for rule in rules] == [("qualified_leads", None), ("minutes", 20)]


def test_a_shorter_look_back_names_the_windows_that_are_longer(admin: Client, draft: ScoringModel) -> None:
    assert refused(admin, draft, "weights", {"lookback_days": "40"}) == {
        "lookback_days": [
            "Progression window, days: this window and the one before it, 60 days are more than the look-back of 40",
            "All others, rule 1: days: 60 days are more than the look-back of 40",
        ]
    }


def test_enter_in_a_field_saves_and_removes_nothing(admin: Client, draft: ScoringModel) -> None:
    page = admin.get(reverse("signals:edit", args=[draft.version, "policies"])).content.decode()
    form = page[page.index('<form method="post" class="stack">') :]
    assert form.index("Save in the draft</button>") < form.index('name="remove"')


@pytest.mark.parametrize(
    ("kind", "defaults"),
    [
        ("persona_points", {"min_people": 2, "min_points": 100, "days": 60, "distinct_personas": False}),
        ("qualified_leads", {"min_people": 2}),
        ("qualified_personas", {"min_people": 3, "distinct_personas": False}),
        ("minutes", {"min_minutes": 60, "days": 30, "min_people": 2, "min_person_minutes": 10}),
    ],
)
def test_every_rule_says_what_it_does_and_each_field_its_default(kind: str, defaults: dict[str, object]) -> None:
    document = ScoringConfig.default().model_dump(mode="json")
    document["policies"]["other"]["rules"] = [RULE_KINDS[kind]().model_dump(mode="json")]
    group = next(one for one in fields_of("policies", document) if one.label == "All others, rule 1")
    assert group.help == RULE_WORDS[kind]
    assert {spec.path.rpartition(".")[2]: default_of(spec) for spec in group.fields} == defaults


def test_no_field_is_without_words() -> None:
    document = ScoringConfig.default().model_dump(mode="json")
    specs = [
        spec
        for section in ("weights", "gates", "policies", "bands")
        for group in fields_of(section, document)
        for spec in group.fields
    ]
    assert len(specs) == 84
    assert [spec.path for spec in specs if not spec.help or not spec.label] == []


# Bands


def bands(document: dict) -> list[tuple[str, float]]:
    return [(band["name"], band["lower"]) for band in document["bands"]]


def test_bands_are_renamed_added_and_removed(admin: Client, draft: ScoringModel) -> None:
    config = edited(admin, draft, "bands", {"bands.0.name": "Cold", "bands.1.lower": "45.5"})
    assert bands(config) == [("Cold", 0), ("consideration", 45.5)]

    config = edited(admin, draft, "bands", {"bands.new.name": " Warming up ", "bands.new.lower": "20"})
    assert bands(config) == [("Cold", 0), ("Warming up", 20), ("consideration", 45.5)]

    config = edited(admin, draft, "bands", {"remove": "bands.0", "bands.0.name": "", "bands.1.name": "Warm"})
    assert bands(config) == [("Warm", 0), ("consideration", 45.5)]

    config = edited(admin, draft, "bands", {"remove": "bands.1", "gates.mqa_score": "60"})
    assert (bands(config), config["gates"]["mqa_score"]) == ([("Warm", 0)], 60)

    assert refused(admin, draft, "bands", {"remove": "bands.0"}) == {"__all__": ["A model needs at least one band."]}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"bands.0.name": ""}, {"bands.0.name": ["This field is required."]}),
        ({"bands.0.lower": "5"}, {"bands.0.lower": ["the first band begins at 0"]}),
        ({"bands.1.lower": "0"}, {"bands.1.lower": ["'consideration' must begin above 'awareness'"]}),
        ({"bands.1.lower": "70"}, {"bands.1.lower": [f"'consideration' begins at 70, {LAST.format(70)}"]}),
        ({"bands.1.name": "Awareness"}, {"bands.1.name": ["another band is called 'Awareness'"]}),
        ({"bands.1.name": "MQA"}, {"bands.1.name": ["'MQA' is no band, but what the desk calls something else"]}),
        ({"bands.0.name": "n" * 41}, {"bands.0.name": ["Ensure this value has at most 40 characters (it has 41)."]}),
        ({"bands.new.name": "hot"}, {"bands.new.lower": ["Say from which score it begins."]}),
        ({"bands.new.lower": "10"}, {"bands.new.name": ["A band needs a name."]}),
        (
            {"bands.new.name": "hot", "bands.new.lower": "0"},
            {"bands.new.lower": ["'hot' must begin above 'awareness'"]},
        ),
        (
            {"bands.new.name": "hot", "bands.new.lower": "70"},
            {"bands.new.lower": [f"'hot' begins at 70, {LAST.format(70)}"]},
        ),
        (
            {"bands.new.name": "consideration", "bands.new.lower": "50"},
            {"bands.new.name": ["another band is called 'consideration'"]},
        ),
        ({"gates.mqa_score": "40"}, {"bands.1.lower": [f"'consideration' begins at 40, {LAST.format(40)}"]}),
    ],
)
def test_what_is_wrong_with_bands_stands_at_the_field(
    admin: Client, draft: ScoringModel, changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    assert refused(admin, draft, "bands", changes) == errors


def test_a_threshold_below_the_last_band_is_refused_at_the_threshold(admin: Client, draft: ScoringModel) -> None:
    assert refused(admin, draft, "gates", {"gates.mqa_score": "30"}) == {
        "gates.mqa_score": [f"Band 2: from: 'consideration' begins at 40, {LAST.format(30)}"]
    }


def test_a_band_of_any_name_is_stored_and_shown_by_its_name(admin: Client, draft: ScoringModel) -> None:
    User.objects.update(is_staff=True)  # the admin's list of decisions too
    company = given.account("Quiet", employees=5)
    name = "Not ready, but somebody has been seen 1!"
    assert len(name) == 40
    edited(admin, draft, "bands", {"bands.0.name": name})
    publish(model=draft, comment="Own words", by=None)
    rescore_until_done()

    state = CenterState.objects.get(account=company)
    decision = Decision.objects.get(account=company, model=draft)
    assert (state.stage, decision.stage, evidence_of_decision(decision)["stage"]) == (name, name, name)
    wanted = {"stage": name}
    for url, query in (
        (reverse("desk:accounts"), {}),
        (reverse("desk:accounts"), wanted),
        (reverse("desk:account", args=[company.pk]), {}),
        (reverse("desk:decision", args=[decision.pk]), {}),
        (reverse("signals:decisions"), {}),
        (reverse("admin:signals_decision_changelist"), wanted),
    ):
        page = admin.get(url, query).content.decode()
        assert (name in page, "Quiet" in page) == (True, True), url
    filters = admin.get(reverse("desk:accounts")).context["filters"]
    assert filters.fields["stage"].choices == [
        ("", "Any stage"),
        (name, name),
        ("consideration", "Consideration"),
        ("mqa", "MQA"),
    ]
    assert stages_ever() == [*filters.fields["stage"].choices[1:], ("awareness", "Awareness")]
    before = admin.get(reverse("admin:signals_decision_changelist"), {"stage": "awareness"}).content.decode()
    assert ("Awareness" in before, "Quiet" in before) == (True, False)
    others = admin.get(reverse("desk:accounts"), {"stage": "consideration"})
    assert others.context["rows"] == []
    found = admin.get("/accounts/export/", wanted)
    assert b"".join(found.streaming_content).decode().count(name) == 1
    assert admin.get("/api/decisions/", wanted).json()["results"][0]["stage"] == name
    assert admin.get("/api/accounts/", wanted).json()["results"][0]["stage"] == name
