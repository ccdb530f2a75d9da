"""Versions of the scoring model (domain.md §2, §7)."""

import threading

import pytest
from django.db import DatabaseError, connections, transaction
from pydantic import ValidationError

from accounts.models import Persona
from signals.models import ModelPublication, RescoreRequest, ScoringModel, TouchType
from signals.publishing import (
    PublishRefused,
    active_model,
    config_of,
    copy_to_draft,
    install_first_model,
    mark_key_personas,
    publish,
    revise_touch_type,
    roll_back,
    save_draft,
)
from signals.scoring_config import ScoringConfig
from tests.signals import given

pytestmark = pytest.mark.django_db


def statuses() -> list[tuple[int, str]]:
    return list(ScoringModel.objects.order_by("version").values_list("version", "status"))


def test_a_new_installation_has_the_defaults_active() -> None:
    model = active_model()

    assert (model.version, statuses()) == (1, [(1, "active")])
    assert config_of(model) == ScoringConfig.default()
    assert install_first_model() == model
    assert statuses() == [(1, "active")]


def test_publishing_a_draft_makes_it_the_only_active_version() -> None:
    given.account()
    RescoreRequest.objects.all().delete()
    draft = copy_to_draft(model=active_model(), by=None)
    save_draft(model=draft, config=config_of(active_model()).model_copy(update={"full_points": 80.0}), by=None)

    publish(model=draft, comment=" Larger deals ", by=None)

    assert statuses() == [(1, "archived"), (2, "active")]
    assert config_of(active_model()).full_points == 80.0
    publication = ModelPublication.objects.first()
    assert (publication.model.version, publication.comment, publication.is_rollback) == (2, "Larger deals", False)
    assert list(RescoreRequest.objects.values_list("priority", "reason")) == [
        (RescoreRequest.Priority.PUBLISH, "publish")
    ]


def test_any_earlier_version_can_come_back() -> None:
    first = active_model()
    publish(model=copy_to_draft(model=first, by=None), comment="2", by=None)
    publish(model=copy_to_draft(model=first, by=None), comment="3", by=None)

    roll_back(to=first, comment="Too strict", by=None)

    assert statuses() == [(1, "active"), (2, "archived"), (3, "archived")]
    assert ModelPublication.objects.first().is_rollback


def test_a_published_version_never_changes() -> None:
    model = active_model()
    with pytest.raises(PublishRefused, match="was published and never changes"):
        save_draft(model=model, config=ScoringConfig.default(), by=None)
    for change in ({"config": {}}, {"version": 9}, {"status": "draft"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ScoringModel.objects.filter(pk=model.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ScoringModel.objects.filter(pk=model.pk).delete()
    assert statuses() == [(1, "active")]


@pytest.mark.parametrize("comment", ["", "  "])
def test_publishing_needs_a_comment(comment: str) -> None:
    draft = copy_to_draft(model=active_model(), by=None)
    with pytest.raises(PublishRefused, match="comment"):
        publish(model=draft, comment=comment, by=None)
    assert statuses() == [(1, "active"), (2, "draft")]


def test_only_drafts_are_published_and_only_archived_ones_come_back() -> None:
    model = active_model()
    with pytest.raises(PublishRefused, match="not a draft"):
        publish(model=model, comment="Again", by=None)
    with pytest.raises(PublishRefused, match="nothing to go back to"):
        roll_back(to=model, comment="Again", by=None)


def test_a_document_at_odds_with_itself_is_not_saved() -> None:
    draft = copy_to_draft(model=active_model(), by=None)
    with pytest.raises(ValidationError):
        save_draft(model=draft, config=draft.config | {"lookback_days": 10}, by=None)
    draft.refresh_from_db()
    assert draft.config["lookback_days"] == 90


def test_a_touch_type_that_weighs_otherwise_is_a_new_version() -> None:
    given.touch_type("pricing_page")
    revise_touch_type(key="pricing_page", by=None, tier="mid")

    assert statuses() == [(1, "archived"), (2, "active")]
    assert config_of(active_model()).weight_of("pricing_page") == 5.0
    assert ModelPublication.objects.first().comment == "Touch type Pricing page changed."
    revise_touch_type(key="pricing_page", by=None, weight=7)
    assert config_of(active_model()).weight_of("pricing_page") == 7.0


def test_a_touch_type_that_only_changes_its_name_is_no_new_version() -> None:
    given.touch_type("pricing_page")
    revise_touch_type(key="pricing_page", by=None, name="Prices")

    assert TouchType.objects.get(key="pricing_page").name == "Prices"
    assert statuses() == [(1, "active")]


def test_a_new_touch_type_counts_at_once() -> None:
    revise_touch_type(key="podcast", by=None, name="Podcast", tier="mid", weight=4)

    assert config_of(active_model()).weight_of("podcast") == 4.0
    assert statuses() == [(1, "archived"), (2, "active")]


def test_key_personas_are_part_of_what_decides() -> None:
    buyer = Persona.objects.create(name="Buyer of tests")
    Persona.objects.create(name="User of tests")

    assert mark_key_personas(persona_ids=[buyer.pk], by=None) == [buyer]

    assert config_of(active_model()).key_personas == (buyer.pk,)
    assert ModelPublication.objects.first().comment == "Key personas: Buyer of tests."
    mark_key_personas(persona_ids=[buyer.pk], by=None)
    assert statuses() == [(1, "archived"), (2, "active")]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_people_publishing_at_once_make_versions_one_after_another() -> None:
    first = active_model()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            publish(model=copy_to_draft(model=first, by=None), comment="At once", by=None)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert [version for version, _ in statuses()] == [1, 2, 3, 4, 5, 6, 7]
    assert ScoringModel.objects.filter(status="active").count() == 1
    assert ModelPublication.objects.count() == 7
