"""`/api/buying-group-members/`: who is in which role of a buying group (domain.md §5, §8)."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import BulkResultSerializer, IdFilter, ReadView, upsert, user_of
from accounts.api_rows import Strict
from accounts.matching import normal_email
from accounts.models import BuyingCenter, Contact
from accounts.roles import Capability
from handoff import groups
from handoff.group_sync import MemberImporter
from handoff.models import BuyingGroupMember
from handoff.models.buying_group import BuyingRole

Status = BuyingGroupMember.Status
MOST = 200
DECIDED = [(one.value, one.label) for one in (Status.VALIDATED, Status.REJECTED)]


class BuyingGroupMemberSerializer(serializers.ModelSerializer[BuyingGroupMember]):
    """A person in a role: suggested by the product, then validated or rejected by somebody."""

    account = serializers.IntegerField(source="group.center.account_id", read_only=True)
    center = serializers.IntegerField(source="group.center_id", read_only=True)
    decided_by = serializers.EmailField(
        source="decided_by.email", default=None, allow_null=True, read_only=True, help_text="Null: a key."
    )

    class Meta:
        model = BuyingGroupMember
        fields = (
            "id", "account", "center", "contact", "role", "status", "why", "decided_by", "decided_at", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class NewMemberSerializer(Strict):
    """That a person has a role, or (rejected) has not."""

    center = serializers.PrimaryKeyRelatedField(
        queryset=BuyingCenter.objects.select_related("account"), help_text="Id of the buying center."
    )
    contact = serializers.PrimaryKeyRelatedField(queryset=Contact.objects.filter(erased_at__isnull=True))
    role = serializers.ChoiceField(choices=BuyingRole.choices)
    status = serializers.ChoiceField(
        choices=DECIDED, required=False, default=Status.VALIDATED, help_text="Rejected: never suggested again."
    )


class MemberChangeSerializer(Strict):
    """Another role, which ends the person's others in the group, or what is decided about this one."""

    role = serializers.ChoiceField(choices=BuyingRole.choices, required=False)
    status = serializers.ChoiceField(
        choices=DECIDED, required=False, help_text="Rejected takes the person out of the role."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of both."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send a role or a status, and not both.")
        return attrs


class MemberItemSerializer(Strict):
    """A role by person and center, one of many."""

    email = serializers.EmailField(max_length=254, help_text="Which person; the account is theirs.")
    center = serializers.CharField(
        max_length=120,
        required=False,
        default="",
        allow_blank=True,
        help_text="Name of the buying center; empty: the whole account.",
    )
    role = serializers.ChoiceField(choices=BuyingRole.choices)
    status = serializers.ChoiceField(choices=DECIDED, required=False, default=Status.VALIDATED)

    def validate_email(self, value: str) -> str:
        """As we keep addresses."""
        found = normal_email(value)
        if not found:
            raise serializers.ValidationError("This is not an e-mail address.")
        return found


class MemberItemsSerializer(Strict):
    """Many roles at once."""

    items = MemberItemSerializer(many=True, max_length=MOST, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class MemberFilter(django_filters.FilterSet):
    """What a list of members can be narrowed by."""

    account = IdFilter(field_name="group__center__account_id", label="Id of the account.")
    center = IdFilter(field_name="group__center_id", label="Id of the buying center.")
    contact = IdFilter(field_name="contact_id", label="Id of the person.")
    role = django_filters.ChoiceFilter(choices=BuyingRole.choices)
    status = django_filters.ChoiceFilter(choices=Status.choices)

    class Meta:
        model = BuyingGroupMember
        fields = ("account", "center", "contact", "role", "status")


@extend_schema_view(
    list=extend_schema(summary="Members of buying groups"), retrieve=extend_schema(summary="One member in one role")
)
class BuyingGroupMemberViewSet(ReadView[BuyingGroupMember]):
    """People in roles. Who had which role when stays for reports; nobody is deleted, but rejected."""

    queryset = (
        BuyingGroupMember.objects.filter(contact__erased_at__isnull=True)
        .select_related("group__center__account", "decided_by", "contact")
        .order_by("id")
    )
    serializer_class = BuyingGroupMemberSerializer
    filterset_class = MemberFilter
    # Who keeps groups, SDRs and AEs, is the action's to say (handoff/groups.py).
    write_capability = Capability.VIEW

    @extend_schema(
        summary="Say who has which role, or has not",
        description="The person's other roles stay. The same again changes nothing. 422: a person of another account.",
        request=NewMemberSerializer,
        responses={201: BuyingGroupMemberSerializer},
    )
    def create(self, request: Request) -> Response:
        """Validated or rejected."""
        form = NewMemberSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        decided = said.pop("status")
        return self._decide(
            request, groups.validate_member if decided == Status.VALIDATED else groups.reject_member, 201, **said
        )

    @extend_schema(
        summary="Change the role of a person, or take it away",
        description="`role`: this one and no other. `status` rejected: not this role.",
        request=MemberChangeSerializer,
        responses=BuyingGroupMemberSerializer,
    )
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Answers the membership that holds now, which has another id where the role is another."""
        member = self.get_object()
        form = MemberChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        role, decided = form.validated_data.get("role"), form.validated_data.get("status")
        act = (
            groups.set_role if role else groups.validate_member if decided == Status.VALIDATED else groups.reject_member
        )
        return self._decide(
            request, act, 200, center=member.group.center, contact=member.contact, role=role or member.role
        )

    def _decide(self, request: Request, act: Any, code: int, **said: Any) -> Response:
        member = act(by=user_of(request), **said)
        return Response(self.get_serializer(self.get_queryset().get(pk=member.pk)).data, status=code)

    @extend_schema(
        summary="Say many roles by e-mail address, center and role",
        request=MemberItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 200 roles; the same again changes nothing."""
        form = MemberItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(upsert(MemberImporter(), form.validated_data["items"], by=user_of(request)))
