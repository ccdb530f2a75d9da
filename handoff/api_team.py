"""`/api/users/` and `/api/teams/`: who works at the desk (domain.md §1, §8). No password or other secret is here."""

from typing import Any
from zoneinfo import available_timezones

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import users as actions
from accounts.api_errors import answer
from accounts.api_parts import IdFilter, ReadView, user_of
from accounts.api_rows import Strict
from accounts.models import Team, User
from accounts.roles import Capability
from handoff.models import AssignmentRule

ROLES = list(User._meta.get_field("role").choices or ())  # noqa: SLF001 - Django's documented API


class UserSerializer(Strict, serializers.ModelSerializer[User]):
    """Somebody who signs in. What they may do follows from the role."""

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id", "email", "name", "role", "team", "time_zone", "is_active", "away_from", "away_until", "stand_in",
            "capacity", "date_joined",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = ("id", "away_from", "away_until", "stand_in", "capacity", "date_joined")
        extra_kwargs: dict[str, Any] = {"email": {"validators": []}}

    def validate_time_zone(self, value: str) -> str:
        """One of the IANA database."""
        if value not in available_timezones():
            raise serializers.ValidationError("This is no time zone. Give its name, like Europe/Berlin.")
        return value


class NewUserSerializer(UserSerializer):
    """Somebody new."""

    class Meta(UserSerializer.Meta):
        fields = ("email", "name", "role", "team", "time_zone")
        read_only_fields = ()


class AbsenceSerializer(Strict):
    """From when to when somebody is away, who takes over, and how much rules hand out. What is not said stays."""

    away_from = serializers.DateField(required=False, allow_null=True, help_text="Null: from today.")
    away_until = serializers.DateField(required=False, allow_null=True, help_text="The last day. Null: is there.")
    stand_in = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True),
        required=False,
        allow_null=True,
        help_text="Id of who takes over what is open under a clock; null: back to the pool.",
    )
    capacity = serializers.IntegerField(
        min_value=0,
        max_value=32_767,
        required=False,
        allow_null=True,
        help_text="Open accounts beyond which rules hand out nothing more; null: the desk's claim limit.",
    )


class TeamSerializer(Strict, serializers.ModelSerializer[Team]):
    """People who share a pool."""

    class Meta:
        model = Team
        fields = ("id", "name")


class UserFilter(django_filters.FilterSet):
    """What a list of users can be narrowed by."""

    email = django_filters.CharFilter(lookup_expr="iexact", label="The address.")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")
    role = django_filters.ChoiceFilter(choices=ROLES)
    team = IdFilter(field_name="team_id", label="Id of the team.")
    is_active = django_filters.BooleanFilter()

    class Meta:
        model = User
        fields = ("email", "q", "role", "team", "is_active")


class TeamFilter(django_filters.FilterSet):
    """What a list of teams can be narrowed by."""

    name = django_filters.CharFilter(lookup_expr="iexact", label="The name.")

    class Meta:
        model = Team
        fields = ("name",)


@extend_schema_view(list=extend_schema(summary="Users"), retrieve=extend_schema(summary="One user"))
class UserViewSet(ReadView[User]):
    """Who works at the desk. Nobody is deleted: whoever leaves is deactivated."""

    queryset = User.objects.order_by("id")
    serializer_class = UserSerializer
    filterset_class = UserFilter
    read_capability, write_capability = Capability.VIEW, Capability.MANAGE_USERS

    @extend_schema(
        summary="Add a user",
        description="Without a password: they sign in by single sign-on, or ask for one by e-mail. A key adds no admins.",
        request=NewUserSerializer,
        responses={201: UserSerializer},
    )
    def create(self, request: Request) -> Response:
        """By e-mail address."""
        form = NewUserSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = actions.create_user(by=user_of(request), **form.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change or deactivate a user",
        description="A key neither makes nor changes admins. Nobody takes the own admin role away.",
    )
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """What they did keeps their name."""
        user = self.get_object()
        form = self.get_serializer(user, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(
            self.get_serializer(actions.change_user(user=user, by=user_of(request), **form.validated_data)).data
        )

    @extend_schema(
        summary="Say when somebody is away",
        description="For managers and admins. Nothing new goes to them meanwhile, and open work under a clock moves on.",
        request=AbsenceSerializer,
        responses=UserSerializer,
    )
    @action(detail=True, methods=["post"], write_capability=Capability.ASSIGN)
    def absence(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """And who takes over, and how much rules hand out."""
        form = AbsenceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(self.get_serializer(actions.set_absence(user=self.get_object(), **form.validated_data)).data)


@extend_schema_view(
    list=extend_schema(summary="Teams"),
    retrieve=extend_schema(summary="One team"),
    create=extend_schema(summary="Add a team"),
    partial_update=extend_schema(summary="Rename a team"),
)
class TeamViewSet(mixins.CreateModelMixin, ReadView[Team]):
    """People who share a pool. Who belongs to which is said at the users."""

    queryset = Team.objects.order_by("id")
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    read_capability, write_capability = Capability.VIEW, Capability.MANAGE_USERS

    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Its name."""
        form = self.get_serializer(self.get_object(), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        form.save()
        return Response(form.data)

    @extend_schema(
        summary="Delete a team",
        description="Its people stay, in none; mails of its report end. 409: assignment rules name it.",
    )
    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """One that nobody needs."""
        team = self.get_object()
        rules = AssignmentRule.objects.filter(team=team)
        if rules.exists():
            names = ", ".join(f"“{rule}”" for rule in rules[:3])
            message = f"Assignment rules name {team}: change or delete {names} first."
            return answer(status.HTTP_409_CONFLICT, "refused", message)
        team.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
