"""`/api/seniority-rules/`, `/api/custom-fields/`, `/api/known-technologies/`, `/api/sources/`: what an admin sets up about
companies and people, each as Django's admin lets it be done (domain.md §2).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts import people
from accounts.api_parts import InOrder, ReadView
from accounts.api_rows import Bulk, Changes, Creates, Removes, Rows, StrictRow, Values, describes_bulk
from accounts.custom_fields import MOST_CHOICES, problems_of_field
from accounts.models import CustomField, SeniorityRule, Source, Technology


class PlainRows(Rows):
    """Rows that are stored as they are said."""

    def store(self, row: Any, values: Values) -> Any:
        """As said."""
        stored = row or self.get_queryset().model()
        for name, value in values.items():
            setattr(stored, name, value)
        stored.save()
        return stored


class SeniorityRuleSerializer(StrictRow):
    """Title words that make a person this senior."""

    class Meta:
        model = SeniorityRule
        fields = ("id", "seniority", "title_words", "position")


class SeniorityRuleFilter(django_filters.FilterSet):
    """What the rules can be narrowed by."""

    class Meta:
        model = SeniorityRule
        fields = ("seniority",)


_REREAD = "Everybody's title is read anew, overrides apart."


@extend_schema_view(
    list=extend_schema(summary="Rules on titles, in the order in which they are asked"),
    retrieve=extend_schema(summary="One rule on titles"),
    create=extend_schema(summary="Make a rule on titles", description=_REREAD),
    partial_update=extend_schema(summary="Change a rule on titles", description=_REREAD),
    destroy=extend_schema(summary="Delete a rule on titles", description=_REREAD),
)
class SeniorityRuleViewSet(Creates, Changes, Removes, PlainRows):
    """How senior somebody is by the words of the title; the first rule that matches wins."""

    queryset = SeniorityRule.objects.order_by("position", "id")
    serializer_class = SeniorityRuleSerializer
    filterset_class = SeniorityRuleFilter
    pagination_class = InOrder

    def store(self, row: Any, values: Values) -> Any:
        """And people are read anew, after the commit."""
        stored = super().store(row, values)
        self._read_again()
        return stored

    def remove(self, row: Any) -> None:
        """And people are read anew, after the commit."""
        row.delete()
        self._read_again()

    def _read_again(self) -> None:
        by = self.asker
        transaction.on_commit(lambda: people.reapply_title_rules(by=by))


class CustomFieldSerializer(StrictRow):
    """A field of one's own on accounts; criteria name it as custom.<key>."""

    fixed: ClassVar[Mapping[str, str]] = {
        "key": "Values and criteria go by the key, so it stays.",
        "kind": "Values were typed by the kind, so it stays. Make another field.",
    }
    choices = serializers.ListField(
        child=serializers.CharField(max_length=120),
        max_length=MOST_CHOICES,
        required=False,
        help_text="Of kind choice.",
    )

    class Meta:
        model = CustomField
        fields = ("id", "key", "label", "kind", "choices")

    def problems(self, whole: Values, said: Values) -> Mapping[str, str]:  # noqa: ARG002
        """As the admin says."""
        return problems_of_field(whole)


class CustomFieldFilter(django_filters.FilterSet):
    """What the fields can be narrowed by."""

    key = django_filters.CharFilter(label="Its key.")

    class Meta:
        model = CustomField
        fields = ("key", "kind")


@extend_schema_view(
    list=extend_schema(summary="Custom fields of accounts"),
    retrieve=extend_schema(summary="One custom field"),
    create=extend_schema(summary="Make a custom field"),
    partial_update=extend_schema(summary="Change the label or the choices of a custom field"),
    bulk=describes_bulk("Make and change many custom fields by key", CustomFieldSerializer),
)
class CustomFieldViewSet(Bulk, Creates, Changes, PlainRows):
    """Typed fields that an admin added to accounts."""

    queryset = CustomField.objects.order_by("id")
    serializer_class = CustomFieldSerializer
    filterset_class = CustomFieldFilter
    natural_key = ("key",)
    stays = "A custom field stays: accounts have values of it, and criteria name it."


class KnownTechnologySerializer(StrictRow):
    """A technology by its name: what criteria can name, and accounts use or evaluate."""

    class Meta:
        model = Technology
        fields = ("id", "name", "category")


class KnownTechnologyFilter(django_filters.FilterSet):
    """What the technologies can be narrowed by."""

    name = django_filters.CharFilter(lookup_expr="iexact", label="Its name.")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Technology
        fields = ("name", "q", "category")


@extend_schema_view(
    list=extend_schema(summary="Technologies that are known by name"),
    retrieve=extend_schema(summary="One technology by name"),
    create=extend_schema(summary="Make a technology known"),
    partial_update=extend_schema(summary="Change the name or the category of a technology"),
    bulk=describes_bulk("Make known and change many technologies by name", KnownTechnologySerializer),
)
class KnownTechnologyViewSet(Bulk, Creates, Changes, PlainRows):
    """Technologies by name and category. Which account uses which is in `/api/technologies/`."""

    queryset = Technology.objects.order_by("id")
    serializer_class = KnownTechnologySerializer
    filterset_class = KnownTechnologyFilter
    natural_key = ("name",)
    stays = "A technology stays: accounts use it, or did."


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A sender of touches."""

    class Meta:
        model = Source
        fields = ("id", "name", "created_at")
        read_only_fields = fields


class SourceFilter(django_filters.FilterSet):
    """What the sources can be narrowed by."""

    name = django_filters.CharFilter(lookup_expr="iexact", label="Its name.")

    class Meta:
        model = Source
        fields = ("name",)


@extend_schema_view(
    list=extend_schema(summary="Sources of touches"), retrieve=extend_schema(summary="One source of touches")
)
class SourceViewSet(ReadView[Source]):
    """Where touches come from. A source comes with its first key or file."""

    queryset = Source.objects.order_by("id")
    serializer_class = SourceSerializer
    filterset_class = SourceFilter
