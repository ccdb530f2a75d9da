"""Admin of scoring models: the list of versions, a draft's fields, and the steps copy, publish, roll back.

The fields and their words are those of the product's own editor (signals/model_fields.py); criteria and rules, which are
lists, are edited as JSON here and line by line there. Errors stand at the field that they are about.
"""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from pydantic import ValidationError

from accounts.admin.base import DeskAdmin, may
from accounts.requests import user_of
from accounts.roles import Capability
from signals import model_fields, publishing
from signals.model_forms import form_field
from signals.models import ScoringModel
from signals.scoring_config import ScoringConfig, field_errors

SECTIONS = ("weights", "gates", "policies")
LISTS = {
    "criteria": "Criteria of the ideal customer profile",
    "bands": "Stages by score, each from its lower bound to the next one's; the last ends at the MQA score",
    "policies.target.rules": "Rules for target accounts, any of which suffices",
    "policies.other.rules": "Rules for all others, any of which suffices",
}


class Pretty(json.JSONEncoder):
    """JSON as people read it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2, "ensure_ascii": False})


class DraftForm(forms.ModelForm):
    """A draft's document; its fields are added for each draft, named by their paths."""

    class Meta:
        model = ScoringModel
        fields = ()

    document: ScoringConfig | None = None

    def clean(self) -> dict[str, Any]:
        """The whole document must hold together."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        # Lists first: single fields of their rules come from the list alone.
        lists = {name: data[name] for name in LISTS}
        changed = model_fields.changed(self.instance.config, lists)
        changed = model_fields.changed(
            changed, {name: value for name, value in data.items() if name not in LISTS and name in self.fields}
        )
        try:
            self.document = ScoringConfig.model_validate(changed)
        except ValidationError as error:
            for where, message in field_errors(error):
                self._say(where, message)
        return data

    def _say(self, where: str, message: str) -> None:
        """At the field of the path, or at the list that the path leads into."""
        field = where if where in self.fields else next((name for name in LISTS if where.startswith(name)), None)
        rest = where.removeprefix(field or "").strip(".")
        self.add_error(field, f"{rest}: {message}" if rest else message)


def draft_form(model: ScoringModel) -> tuple[type[DraftForm], list[tuple[str, dict[str, Any]]]]:
    """The form class for a draft, and the fieldsets that show it."""
    fields: dict[str, Any] = {}
    fieldsets: list[tuple[str, dict[str, Any]]] = []
    document = model.config
    for name, words in LISTS.items():
        fields[name] = forms.JSONField(
            label=words, initial=model_fields.read(document, name), encoder=Pretty, required=False
        )
        fields[name].widget.attrs = {"rows": 14, "class": "vLargeTextField", "spellcheck": "false"}
    fieldsets += [("Ideal customer", {"fields": ["criteria"]}), ("Bands", {"fields": ["bands"]})]
    for section in SECTIONS:
        for group in model_fields.fields_of(section, document):
            own = [spec for spec in group.fields if ".rules." not in spec.path and spec.path not in fields]
            for spec in own:
                fields[spec.path] = form_field(spec, model_fields.read(document, spec.path))
            shown = [spec.path for spec in own]
            if section == "policies":
                shown += [name for name in LISTS if own and name.startswith(own[0].path.rpartition(".")[0])]
            if shown:
                fieldsets.append(
                    (group.label, {"fields": shown, "classes": ["collapse"] if section == "weights" else []})
                )
    return type("DraftFormOfVersion", (DraftForm,), fields), fieldsets


@admin.register(ScoringModel)
class ScoringModelAdmin(DeskAdmin):
    """Versions. A draft can be edited, published or thrown away; what was published never changes."""

    list_display = ("version", "status", "copied_from", "created_at", "created_by", "updated_at")
    list_select_related = ("copied_from", "created_by")
    list_filter = ("status",)
    change_form_template = "admin/signals/scoringmodel/change_form.html"
    may_add = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        editable = not isinstance(obj, ScoringModel) or obj.status == ScoringModel.Status.DRAFT
        return editable and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A draft alone; the list's action asks for each row."""
        return obj is not None and self.has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: ScoringModel | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            form, _ = draft_form(obj)
            return super().get_form(request, obj, change, **{**kwargs, "form": form, "fields": ()})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: ScoringModel | None = None) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            return draft_form(obj)[1]
        return [(None, {"fields": ("version", "status", "copied_from", "created_at", "created_by", "document")})]

    def get_readonly_fields(self, request: HttpRequest, obj: ScoringModel | None = None) -> tuple[str, ...]:
        if obj is not None and self.has_change_permission(request, obj):
            return ()
        return ("version", "status", "copied_from", "created_at", "created_by", "document")

    @admin.display(description="document")
    def document(self, model: ScoringModel) -> str:
        """The whole document, as JSON."""
        return json.dumps(model.config, cls=Pretty)

    def save_model(self, request: HttpRequest, obj: ScoringModel, form: Any, change: bool) -> None:
        publishing.save_draft(model=obj, config=form.document, by=user_of(request))

    def get_urls(self) -> list[URLPattern]:
        steps = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"signals_scoringmodel_{name}")
            for name, view in (("copy", self.copy), ("publish", self.publish), ("rollback", self.roll_back))
        ]
        return steps + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_publish"] = may(request, Capability.PUBLISH_MODEL)
        return super().render_change_form(request, context, *args, **kwargs)

    def copy(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """A new draft with this version's document."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        model = self._model(request, pk)
        if model is None or not self.has_change_permission(request):
            return self._gone(request, pk)
        draft = publishing.copy_to_draft(model=model, by=user_of(request))
        self.message_user(request, f"Draft {draft.version} is a copy of model {model.version}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:signals_scoringmodel_change", args=[draft.pk]))

    def publish(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask for the comment, then make the draft the active version."""
        return self._step(
            request,
            pk,
            "Publish",
            lambda model, said: publishing.publish(model=model, comment=said, by=user_of(request)),
        )

    def roll_back(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask for the comment, then make the archived version the active one again."""
        return self._step(
            request,
            pk,
            "Roll back to",
            lambda model, said: publishing.roll_back(to=model, comment=said, by=user_of(request)),
        )

    def _step(self, request: HttpRequest, pk: int, verb: str, act: Any) -> HttpResponseBase:
        model = self._model(request, pk)
        if model is None or not may(request, Capability.PUBLISH_MODEL):
            return self._gone(request, pk)
        error = ""
        if request.method == "POST":
            try:
                act(model, request.POST.get("comment", ""))
            except publishing.PublishRefused as refused:
                error = str(refused)
            except ValidationError as refused:
                error = "; ".join(f"{where}: {said}" for where, said in field_errors(refused))
            else:
                self.message_user(
                    request, f"Model {model.version} is active; every account is evaluated again.", messages.SUCCESS
                )
                return HttpResponseRedirect(reverse("admin:signals_scoringmodel_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{verb} model {model.version}",
            "verb": verb,
            "model": model,
            "error": error,
            "comment": request.POST.get("comment", ""),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/signals/scoringmodel/step.html", context)

    def _model(self, request: HttpRequest, pk: int) -> ScoringModel | None:
        return self.get_queryset(request).filter(pk=pk).first()

    def _gone(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))  # type: ignore[attr-defined]
