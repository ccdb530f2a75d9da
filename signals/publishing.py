"""Versions of the scoring model: draft, publish, roll back (domain.md §2, §7).

Whoever publishes holds the row of the active version, so versions follow one another. Publishing puts every center on the
list in the same transaction; past decisions keep the version that made them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from accounts.models import ApiKey, Persona, User
from accounts.refusals import Refusal
from signals.actions import request_rescore_of_all
from signals.criterion_fields import misfits
from signals.models import ModelPublication, ScoringModel, TouchType
from signals.publishing_defaults import FIRST_COMMENT
from signals.scoring_config import ScoringConfig, TouchTypeSpec


class PublishRefused(Refusal):
    """The version cannot take this step; the message says why, in words for the page."""


class DraftMovedOn(PublishRefused):
    """Somebody changed the draft since it was read."""

    code = "conflict"

    def __init__(self, version: int) -> None:
        super().__init__(f"Somebody changed draft {version} since you read it. Read it again, then change it.")


class DraftMisfits(PublishRefused):
    """A criterion does not fit the fields that there are; `faults` are (path, message)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(message for _, message in faults))
        self.faults = faults


def active_model() -> ScoringModel:
    """The active version. Raises ScoringModel.DoesNotExist before `install_first_model`."""
    return ScoringModel.objects.get(status=ScoringModel.Status.ACTIVE)


def config_of(model: ScoringModel) -> ScoringConfig:
    """The document of a version. Raises pydantic.ValidationError for a draft that does not hold together."""
    if model.status == ScoringModel.Status.DRAFT:
        return ScoringConfig.model_validate(model.config)
    return frozen_config(model.pk)


def revision_of(model: ScoringModel) -> str:
    """A name for the document as it is: another one, another name."""
    return hashlib.sha256(json.dumps(model.config, sort_keys=True).encode()).hexdigest()[:16]


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
def save_draft(
    *,
    model: ScoringModel,
    config: ScoringConfig | Mapping[str, Any],
    by: User | None,  # noqa: ARG001
    revision: str | None = None,
) -> ScoringModel:
    """Write a draft's document. `revision`: of the document that `config` was made from.

    Raises pydantic.ValidationError (see `field_errors`) or PublishRefused: DraftMovedOn where that is not the draft's any
    more, DraftMisfits for a new criterion on a field that there isn't.
    """
    document = config if isinstance(config, ScoringConfig) else ScoringConfig.model_validate(config)
    draft = _held_draft(model)
    if revision not in (None, revision_of(draft)):
        raise DraftMovedOn(draft.version)
    after = _dump(document)
    if faults := misfits(after["criteria"], kept=draft.config.get("criteria", [])):
        raise DraftMisfits(faults)
    draft.config = after
    draft.save(update_fields=["config", "updated_at"])
    return draft


@transaction.atomic
def throw_away(*, model: ScoringModel) -> None:
    """Delete a draft, with its backtests. Raises PublishRefused for what is none, and where another was copied from it."""
    draft = _held_draft(model)
    copies = ", ".join(
        f"model {version}" for version in draft.copies.order_by("version").values_list("version", flat=True)
    )
    if copies:
        raise PublishRefused(f"Draft {draft.version} stays, since {copies} was copied from it.")
    draft.delete()


def _held_draft(model: ScoringModel) -> ScoringModel:
    """The draft as it is now, its row locked. Raises PublishRefused."""
    draft = ScoringModel.objects.select_for_update(no_key=True).filter(pk=model.pk).first()
    if draft is None:
        raise PublishRefused(f"Draft {model.version} was thrown away.")
    if draft.status != ScoringModel.Status.DRAFT:
        raise PublishRefused(f"Model {draft.version} was published and never changes. Copy it to a draft first.")
    return draft


@transaction.atomic
def publish(
    *,
    model: ScoringModel,
    comment: str,
    by: User | None,
    api_key: ApiKey | None = None,
    revision: str | None = None,
) -> ScoringModel:
    """Make a draft the active version and have everything evaluated again. `revision`: of the document that is meant.

    Raises PublishRefused for what is no draft, lacks a comment or is another document by now, pydantic.ValidationError for one
    at odds with itself.
    """
    if not comment.strip():
        raise PublishRefused("Say in a comment what changes and why.")
    active = _hold_active()
    draft = ScoringModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if draft.status != ScoringModel.Status.DRAFT:
        raise PublishRefused(f"Model {draft.version} is {draft.get_status_display().lower()} and not a draft.")
    if revision not in (None, revision_of(draft)):
        raise DraftMovedOn(draft.version)
    # The catalogue may have moved on since the draft was made; what is published is how types stand today.
    draft.config = _dump(with_catalogue(ScoringConfig.model_validate(draft.config)))
    return _activate(draft, instead_of=active, comment=comment, by=by, api_key=api_key)


@transaction.atomic
def roll_back(*, to: ScoringModel, comment: str, by: User | None, api_key: ApiKey | None = None) -> ScoringModel:
    """Make an archived version active again, as it was. Raises PublishRefused."""
    if not comment.strip():
        raise PublishRefused("Say in a comment why.")
    active = _hold_active()
    model = ScoringModel.objects.select_for_update(no_key=True).get(pk=to.pk)
    if model.status != ScoringModel.Status.ARCHIVED:
        raise PublishRefused(f"Model {model.version} is {model.get_status_display().lower()}, nothing to go back to.")
    return _activate(model, instead_of=active, comment=comment, by=by, api_key=api_key, is_rollback=True)


@dataclass(frozen=True)
class TypeRevision:
    """A touch type as it is to be: `fields` of TouchType; `weight` None leaves the model's weight of it as it is; one that
    `must_be_new` is refused where there is one of its key.
    """

    key: str
    fields: Mapping[str, Any]
    weight: float | None = None
    must_be_new: bool = False


def revise_touch_type(*, key: str, by: User | None, weight: float | None = None, **fields: Any) -> TouchType:
    """Create or change a touch type; what scoring knows of it (tier, direction, marks, weight) becomes a new active version.

    Raises ValidationError.
    """
    return revise_touch_types(revisions=[TypeRevision(key, fields, weight)], by=by)[0]


@transaction.atomic
def revise_touch_types(
    *, revisions: Sequence[TypeRevision], by: User | None, api_key: ApiKey | None = None
) -> list[TouchType]:
    """The same for several, which become one new version together."""
    active = _hold_active()
    stored = {row.key: row for row in TouchType.objects.filter(key__in=[one.key for one in revisions])}
    rows = []
    for one in revisions:
        if one.must_be_new and one.key in stored:
            raise ValidationError({"key": f"There is a touch type “{one.key}”. Change that one."})
        row = stored.get(one.key) or TouchType(key=one.key, name=one.key.replace("_", " ").capitalize())
        for name, value in one.fields.items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
        rows.append(row)
    said = [f"{row.name} {'changed' if row.key in stored else 'added'}" for row in rows]
    comment = f"Touch type {said[0]}." if len(said) == 1 else f"{len(said)} touch types changed or added."
    weights = {one.key: one.weight for one in revisions if one.weight is not None}
    _publish_catalogue(active, comment=comment, by=by, api_key=api_key, weights=weights)
    return rows


@transaction.atomic
def mark_key_personas(*, persona_ids: Iterable[int], by: User | None, api_key: ApiKey | None = None) -> list[Persona]:
    """These personas are the key ones from now on and no others; becomes a new active version if that changes anything."""
    active = _hold_active()
    wanted = set(persona_ids)
    personas = list(Persona.objects.select_for_update(no_key=True).order_by("id"))
    for persona in personas:
        if persona.is_key != (persona.pk in wanted):
            persona.is_key = persona.pk in wanted
            persona.save(update_fields=["is_key"])
    names = ", ".join(p.name for p in personas if p.is_key) or "none"
    _publish_catalogue(active, comment=f"Key personas: {names}.", by=by, api_key=api_key, weights={})
    return [p for p in personas if p.is_key]


@transaction.atomic
def publish_catalogue(*, comment: str, by: User | None, api_key: ApiKey | None = None) -> ScoringModel:
    """A new active version if touch types or key personas differ from what the active one says; else the active one."""
    return _publish_catalogue(_hold_active(), comment=comment, by=by, api_key=api_key, weights={})


def _publish_catalogue(
    active: ScoringModel,
    *,
    comment: str,
    by: User | None,
    weights: Mapping[str, float],
    api_key: ApiKey | None = None,
) -> ScoringModel:
    before = config_of(active)
    after = with_catalogue(before)
    if weights:
        after = ScoringConfig.model_validate(after.model_dump() | {"type_weights": {**after.type_weights, **weights}})
    if after == before:
        return active
    draft = ScoringModel.objects.create(version=_next_version(), config=_dump(after), copied_from=active, created_by=by)
    return _activate(draft, instead_of=active, comment=comment, by=by, api_key=api_key)


def _hold_active() -> ScoringModel:
    """The active version, its row locked to the end of the transaction: versions are made one after another."""
    while True:
        held = ScoringModel.objects.select_for_update(no_key=True).filter(status=ScoringModel.Status.ACTIVE).first()
        if held is not None:
            return held
        # Who waited for a publication sees the row it waited for archived, and looks for the new one. None at all: an error.
        active_model()


def _activate(
    model: ScoringModel,
    *,
    instead_of: ScoringModel,
    comment: str,
    by: User | None,
    api_key: ApiKey | None,
    is_rollback: bool = False,
) -> ScoringModel:
    instead_of.status = ScoringModel.Status.ARCHIVED
    instead_of.save(update_fields=["status", "updated_at"])
    model.status = ScoringModel.Status.ACTIVE
    model.save(update_fields=["status", "config", "updated_at"])
    ModelPublication.objects.create(
        model=model, by=by, api_key=api_key, comment=comment.strip(), is_rollback=is_rollback
    )
    request_rescore_of_all(reason="publish")
    return model


def _next_version() -> int:
    return (ScoringModel.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def _dump(config: ScoringConfig) -> dict[str, Any]:
    return config.model_dump(mode="json")
