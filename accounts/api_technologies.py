"""`/api/technologies/`: which technologies accounts use or evaluate (domain.md §2, §8)."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import company_domain
from accounts.api_parts import MOST_ITEMS, BulkResultSerializer, IdFilter, ReadView, upsert, user_of
from accounts.api_rows import Strict
from accounts.models import Account, AccountTechnology
from accounts.roles import Capability
from accounts.technologies import TechnologyImporter, replace_technologies, set_technology

MOST_OF_ONE = 200
_NAME = "Its name; one that nobody has is made known."


class TechnologySerializer(Strict, serializers.ModelSerializer[AccountTechnology]):
    """That an account uses or evaluates a technology, and since when we know it."""

    technology = serializers.CharField(source="technology.name", max_length=120, help_text=_NAME)
    category = serializers.CharField(source="technology.category", read_only=True)

    class Meta:
        model = AccountTechnology
        fields = ("id", "account", "technology", "category", "status", "known_from", "known_until")
        read_only_fields = ("id", "known_from", "known_until")
        validators: tuple[Any, ...] = ()


class StatementSerializer(Strict):
    """A technology, and how near it is."""

    technology = serializers.CharField(max_length=120, help_text=_NAME)
    status = serializers.ChoiceField(choices=AccountTechnology.Status.choices)


class ReplaceSerializer(Strict):
    """All that an account uses and evaluates."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all())
    technologies = StatementSerializer(many=True, max_length=MOST_OF_ONE)  # type: ignore[call-arg]  # the list takes it


class TechnologiesSerializer(serializers.Serializer[Any]):
    """What an account uses and evaluates now."""

    technologies = TechnologySerializer(many=True)


class TechnologyItemSerializer(StatementSerializer):
    """A statement by company, technology and status, one of many."""

    account_domain = serializers.CharField(max_length=253, help_text="A domain of its account, which must be known.")
    known = serializers.BooleanField(required=False, default=True, help_text="False ends it.")

    def validate_account_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class TechnologyItemsSerializer(Strict):
    """Many statements at once."""

    items = TechnologyItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class TechnologyFilter(django_filters.FilterSet):
    """What a list of technologies can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    technology = django_filters.CharFilter(field_name="technology__name", label="Name of the technology.")
    status = django_filters.ChoiceFilter(choices=AccountTechnology.Status.choices)
    ended = django_filters.BooleanFilter(
        field_name="known_until", lookup_expr="isnull", exclude=True, label="True: what was so. False: what is so now."
    )

    class Meta:
        model = AccountTechnology
        fields = ("account", "technology", "status", "ended")


@extend_schema_view(
    list=extend_schema(summary="Technologies of accounts"),
    retrieve=extend_schema(summary="One technology of an account"),
)
class TechnologyViewSet(ReadView[AccountTechnology]):
    """What accounts use and evaluate. What ended stays, with the moment."""

    queryset = AccountTechnology.objects.select_related("technology").order_by("id")
    serializer_class = TechnologySerializer
    filterset_class = TechnologyFilter
    write_capability = Capability.IMPORT

    @extend_schema(summary="Say that an account uses or evaluates a technology", responses={201: TechnologySerializer})
    def create(self, request: Request) -> Response:
        """The same again changes nothing."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        name = said["technology"]["name"]
        set_technology(account=said["account"], technology=name, status=said["status"], by=user_of(request))
        made = self.get_queryset().get(
            account=said["account"], technology__name=name, status=said["status"], known_until__isnull=True
        )
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Say that it is so no more")
    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """It ends now; the past keeps it."""
        row = self.get_object()
        if row.known_until is None:
            set_technology(
                account=row.account,
                technology=row.technology.name,
                status=row.status,
                by=user_of(request),
                known=False,
            )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Say all that an account uses and evaluates",
        description="What is known of it and not said here ends now.",
        request=ReplaceSerializer,
        responses=TechnologiesSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def replace(self, request: Request) -> Response:
        """Up to 200 technologies of one account."""
        form = ReplaceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        account = form.validated_data["account"]
        wanted = {(one["technology"], one["status"]) for one in form.validated_data["technologies"]}
        replace_technologies(account=account, wanted=wanted, by=user_of(request))
        rows = self.get_queryset().filter(account=account, known_until__isnull=True)
        return Response(TechnologiesSerializer({"technologies": rows}).data)

    @extend_schema(
        summary="Say and end many by domain, technology and status",
        request=TechnologyItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 statements; the same again changes nothing."""
        form = TechnologyItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(upsert(TechnologyImporter(), form.validated_data["items"], by=user_of(request)))
