"""`/api/assignment-rules/`: by which rules new work finds its person (domain.md §5, §8)."""

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import IdFilter, InOrder, ReadView, user_of
from accounts.api_rows import Strict
from accounts.roles import Capability
from handoff import rule_actions
from handoff.api_moves import NothingSerializer
from handoff.api_said import PersonSerializer
from handoff.assigning import assign_all_waiting, plan
from handoff.models import AssignmentRule

MOST_TEXTS = 200


def _texts(help_text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=MOST_TEXTS, help_text=help_text
    )


class AssignmentRuleSerializer(Strict, serializers.ModelSerializer[AssignmentRule]):
    """One rule: for which accounts, and to whom. Rules are asked in the order of `position`."""

    person = serializers.PrimaryKeyRelatedField(
        queryset=rule_actions.candidates(),
        required=False,
        allow_null=True,
        help_text="Id of the user; for the kind `person`.",
    )
    countries = _texts("As the accounts have them; empty: any.")
    regions = _texts("Empty: any.")
    industries = _texts("Empty: any.")

    class Meta:
        model = AssignmentRule
        fields = (
            "id", "name", "position", "is_active", "kind", "person", "team", "segment", "countries", "regions",
            "industries", "employees_from", "employees_to",
        )  # fmt: skip
        read_only_fields = ("id", "position")
        validators: tuple[Any, ...] = ()


class RulePlaceSerializer(Strict):
    """Which way it goes."""

    to = serializers.ChoiceField(choices=[("up", "One place earlier"), ("down", "One place later")])


class ChangeSerializer(serializers.Serializer[Any]):
    """A handoff that would change hands."""

    handoff = serializers.IntegerField()
    to = PersonSerializer(allow_null=True, help_text="Null: the pool.")
    rule = serializers.IntegerField(allow_null=True, help_text="The rule that says so; null: none, but the owner.")


class PlanSerializer(serializers.Serializer[Any]):
    """What the rules would do with what waits. What waits for somebody who is there is kept."""

    waiting = serializers.IntegerField()
    kept = serializers.IntegerField()
    changes = ChangeSerializer(many=True)


class AppliedSerializer(serializers.Serializer[Any]):
    """How much changed hands."""

    changed = serializers.IntegerField()


class RuleFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    is_active = django_filters.BooleanFilter()
    kind = django_filters.ChoiceFilter(choices=AssignmentRule.Kind.choices)
    person = IdFilter(field_name="person_id", label="Id of the user.")
    team = IdFilter(field_name="team_id", label="Id of the team.")

    class Meta:
        model = AssignmentRule
        fields = ("is_active", "kind", "person", "team")


@extend_schema_view(
    list=extend_schema(summary="Assignment rules, in the order in which they are asked"),
    retrieve=extend_schema(summary="One assignment rule"),
    create=extend_schema(summary="Add an assignment rule"),
    partial_update=extend_schema(summary="Change an assignment rule"),
    destroy=extend_schema(summary="Delete an assignment rule"),
)
class AssignmentRuleViewSet(ReadView[AssignmentRule]):
    """Who gets what enters the queue. Each change is recorded with who made it."""

    queryset = AssignmentRule.objects.all()
    serializer_class = AssignmentRuleSerializer
    filterset_class = RuleFilter
    pagination_class = InOrder
    read_capability = write_capability = Capability.ASSIGN

    def create(self, request: Request) -> Response:
        """It is asked last."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = rule_actions.save_rule(rule=AssignmentRule(**form.validated_data), by=user_of(request))
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """For what enters the queue from now on."""
        rule = self.get_object()
        form = self.get_serializer(rule, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        for name, value in form.validated_data.items():
            setattr(rule, name, value)
        return Response(self.get_serializer(rule_actions.save_rule(rule=rule, by=user_of(request))).data)

    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """What it gave to somebody stays with them."""
        rule_actions.delete_rule(rule=self.get_object(), by=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Have a rule asked earlier or later", request=RulePlaceSerializer, responses=AssignmentRuleSerializer
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """One place; nothing happens at an end."""
        form = RulePlaceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        rule_actions.move_rule(rule=self.get_object(), to=form.validated_data["to"], by=user_of(request))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="What the rules would do with what waits",
        responses=PlanSerializer,
        filters=False,
        operation_id="assignment_rules_plan",
    )
    @action(detail=False, pagination_class=None, filterset_class=None)
    def plan(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Changes nothing."""
        found = plan(timezone.now())
        changes = [
            {
                "handoff": one.handoff.pk,
                "to": {"id": one.to.pk, "name": one.to.name} if one.to else None,
                "rule": one.rule,
            }
            for one in found.changes
        ]
        return Response({"waiting": found.waiting, "kept": found.kept, "changes": changes})

    @extend_schema(
        summary="Apply the rules to what waits", request=NothingSerializer, responses=AppliedSerializer, filters=False
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def apply(self, request: Request) -> Response:
        """In one step, as `plan` says."""
        return Response({"changed": assign_all_waiting(by=user_of(request), at=timezone.now())})
