"""Versions of the scoring model: draft, publish, roll back (domain.md §2, §7).

Whoever publishes holds the row of the active version, so versions follow one another. Publishing puts every center on the
list in the same transaction; past decisions keep the version that made them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Persona, User
from signals.actions import request_rescore_of_all
from signals.models import ModelPublication, ScoringModel, TouchType
from signals.publishing_defaults import FIRST_COMMENT
from signals.scoring_config import ScoringConfig, TouchTypeSpec


class PublishRefused(Exception):
    """The version cannot take this step; the message says why, in words for the page."""


def active_model() -> ScoringModel:
    """The active version. Raises ScoringModel.DoesNotExist before `install_first_model`."""
    return ScoringModel.objects.get(status=ScoringModel.Status.ACTIVE)


def config_of(model: ScoringModel) -> ScoringConfig:
    """The document of a version. Raises pydantic.ValidationError for a draft that does not hold together."""
    if model.status == ScoringModel.Status.DRAFT:
        return ScoringConfig.model_validate(model.config)
    return frozen_config(model.pk)


@lru_cache(maxsize=64)
def frozen_config(model_id: int) -> ScoringConfig:
    """The document of a published version, which never changes, so each process reads it once."""
    return ScoringConfig.model_validate(ScoringModel.objects.values_list("config", flat=True).get(pk=model_id))


def with_catalogue(config: ScoringConfig) -> ScoringConfig:
    """The document with touch types and key personas as the tables have them now."""
    types = {
        row.key: TouchTypeSpec.model_validate(
            {name: getattr(row, name) for name in ("tier", "direction", "hand_raise", "decision_stage")}
        )
        for row in TouchType.objects.all()
    }
    changed = config.model_dump() | {
        "key_personas": tuple(Persona.objects.filter(is_key=True).order_by("id").values_list("id", flat=True))
    }
    if types:
        changed["touch_types"] = {key: spec.model_dump() for key, spec in types.items()}
        changed["type_weights"] = {key: weight for key, weight in config.type_weights.items() if key in types}
    return ScoringConfig.model_validate(changed)


@transaction.atomic
def install_first_model() -> ScoringModel:
    """Version 1 with domain.md's defaults, active, unless some version is active already. Idempotent."""
    model = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE).first()
    if model is not None:
        return model
    model = ScoringModel.objects.create(
        version=_next_version(),
        status=ScoringModel.Status.ACTIVE,
        config=_dump(with_catalogue(ScoringConfig.default())),
    )
    ModelPublication.objects.create(model=model, by=None, comment=FIRST_COMMENT)
    request_rescore_of_all(reason="publish")
    return model


@transaction.atomic
def copy_to_draft(*, model: ScoringModel, by: User | None) -> ScoringModel:
    """A draft with the document of `model`, touch types and key personas as they are now."""
    _hold_active()
    return ScoringModel.objects.create(
        version=_next_version(),
        status=ScoringModel.Status.DRAFT,
        config=_dump(with_catalogue(config_of(model))),
        copied_from=model,
        created_by=by,
    )


@transaction.atomic
def save_draft(*, model: ScoringModel, config: ScoringConfig | Mapping[str, Any], by: User | None) -> ScoringModel:  # noqa: ARG001
    """Write a draft's document. Raises pydantic.ValidationError (see `field_errors`) or PublishRefused."""
    document = config if isinstance(config, ScoringConfig) else ScoringConfig.model_validate(config)
    draft = ScoringModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if draft.status != ScoringModel.Status.DRAFT:
        raise PublishRefused(f"Model {draft.version} was published and never changes. Copy it to a draft first.")
    draft.config = _dump(document)
    draft.save(update_fields=["config", "updated_at"])
    return draft


@transaction.atomic
def publish(*, model: ScoringModel, comment: str, by: User | None) -> ScoringModel:
    """Make a draft the active version and have everything evaluated again.

    Raises PublishRefused for what is no draft or lacks a comment, pydantic.ValidationError for a document at odds with itself.
    """
    if not comment.strip():
        raise PublishRefused("Say in a comment what changes and why.")
    active = _hold_active()
    draft = ScoringModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if draft.status != ScoringModel.Status.DRAFT:
        raise PublishRefused(f"Model {draft.version} is {draft.get_status_display().lower()} and not a draft.")
    # The catalogue may have moved on since the draft was made; what is published is how types stand today.
    draft.config = _dump(with_catalogue(ScoringConfig.model_validate(draft.config)))
    return _activate(draft, instead_of=active, comment=comment, by=by, is_rollback=False)


@transaction.atomic
def roll_back(*, to: ScoringModel, comment: str, by: User | None) -> ScoringModel:
    """Make an archived version active again, as it was. Raises PublishRefused."""
    if not comment.strip():
        raise PublishRefused("Say in a comment why.")
    active = _hold_active()
    model = ScoringModel.objects.select_for_update(no_key=True).get(pk=to.pk)
    if model.status != ScoringModel.Status.ARCHIVED:
        raise PublishRefused(f"Model {model.version} is {model.get_status_display().lower()}, nothing to go back to.")
    return _activate(model, instead_of=active, comment=comment, by=by, is_rollback=True)


@dataclass(frozen=True)
class TypeRevision:
    """A touch type as it is to be: `fields` of TouchType; `weight` None leaves the model's weight of it as it is."""

    key: str
    fields: Mapping[str, Any]
    weight: float | None = None


def revise_touch_type(*, key: str, by: User | None, weight: float | None = None, **fields: Any) -> TouchType:
    """Create or change a touch type; what scoring knows of it (tier, direction, marks, weight) becomes a new active version.

    Raises ValidationError.
    """
    return revise_touch_types(revisions=[TypeRevision(key, fields, weight)], by=by)[0]


@transaction.atomic
def revise_touch_types(*, revisions: Sequence[TypeRevision], by: User | None) -> list[TouchType]:
    """The same for several, which become one new version together."""
    active = _hold_active()
    stored = {row.key: row for row in TouchType.objects.filter(key__in=[one.key for one in revisions])}
    rows = []
    for one in revisions:
        row = stored.get(one.key) or TouchType(key=one.key, name=one.key.replace("_", " ").capitalize())
        for name, value in one.fields.items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
        rows.append(row)
    said = [f"{row.name} {'changed' if row.key in stored else 'added'}" for row in rows]
    comment = f"Touch type {said[0]}." if len(said) == 1 else f"{len(said)} touch types changed or added."
    weights = {one.key: one.weight for one in revisions if one.weight is not None}
    _publish_catalogue(active, comment=comment, by=by, weights=weights)
    return rows


@transaction.atomic
def mark_key_personas(*, persona_ids: Iterable[int], by: User | None) -> list[Persona]:
    """These personas are the key ones from now on and no others; becomes a new active version if that changes anything."""
    active = _hold_active()
    wanted = set(persona_ids)
    personas = list(Persona.objects.select_for_update(no_key=True).order_by("id"))
    for persona in personas:
        if persona.is_key != (persona.pk in wanted):
            persona.is_key = persona.pk in wanted
            persona.save(update_fields=["is_key"])
    names = ", ".join(p.name for p in personas if p.is_key) or "none"
    _publish_catalogue(active, comment=f"Key personas: {names}.", by=by, weights={})
    return [p for p in personas if p.is_key]


@transaction.atomic
def publish_catalogue(*, comment: str, by: User | None) -> ScoringModel:
    """A new active version if touch types or key personas differ from what the active one says; else the active one."""
    return _publish_catalogue(_hold_active(), comment=comment, by=by, weights={})


def _publish_catalogue(
    active: ScoringModel, *, comment: str, by: User | None, weights: Mapping[str, float]
) -> ScoringModel:
    before = config_of(active)
    after = with_catalogue(before)
    if weights:
        after = ScoringConfig.model_validate(after.model_dump() | {"type_weights": {**after.type_weights, **weights}})
    if after == before:
        return active
    draft = ScoringModel.objects.create(version=_next_version(), config=_dump(after), copied_from=active, created_by=by)
    return _activate(draft, instead_of=active, comment=comment, by=by, is_rollback=False)


def _hold_active() -> ScoringModel:
    """The active version, its row locked to the end of the transaction: versions are made one after another."""
    while True:
        held = ScoringModel.objects.select_for_update(no_key=True).filter(status=ScoringModel.Status.ACTIVE).first()
        if held is not None:
            return held
        # Who waited for a publication sees the row it waited for archived, and looks for the new one. None at all: an error.
        active_model()


def _activate(
    model: ScoringModel, *, instead_of: ScoringModel, comment: str, by: User | None, is_rollback: bool
) -> ScoringModel:
    instead_of.status = ScoringModel.Status.ARCHIVED
    instead_of.save(update_fields=["status", "updated_at"])
    model.status = ScoringModel.Status.ACTIVE
    model.save(update_fields=["status", "config", "updated_at"])
    ModelPublication.objects.create(model=model, by=by, comment=comment.strip(), is_rollback=is_rollback)
    request_rescore_of_all(reason="publish")
    return model


def _next_version() -> int:
    return (ScoringModel.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def _dump(config: ScoringConfig) -> dict[str, Any]:
    return config.model_dump(mode="json")
