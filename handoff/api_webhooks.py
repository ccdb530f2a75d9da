"""`/api/webhooks/` and `/api/webhook-messages/`: who outside is told, and how each attempt went (domain.md §8)."""

from urllib.parse import urlsplit

import django_filters
from django.db.models import Q, QuerySet
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import IdFilter, MomentFilter, Newest, ReadView, user_of
from accounts.api_rows import Strict
from accounts.roles import Capability
from handoff import webhooks as actions
from handoff.api_moves import NothingSerializer
from handoff.models import OutboxMessage, WebhookAttempt, WebhookEndpoint
from handoff.outgoing import AddressRefused, check

EVENT_TYPES = [("*", "Everything"), *((name, name) for name in actions.TYPES)]


class WebhookSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """An address that takes events. Its secret is not said again."""

    url = serializers.SerializerMethodField(help_text="Of a Slack endpoint the host alone: the address is a secret.")
    created_by = serializers.EmailField(source="created_by.email", default=None, allow_null=True, read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = (
            "id", "name", "kind", "url", "event_types", "is_active", "stopped_because", "created_at", "created_by",
        )  # fmt: skip
        read_only_fields = fields

    def get_url(self, row: WebhookEndpoint) -> str:
        """The address, as far as it may be seen."""
        parts = urlsplit(row.url)
        return f"{parts.scheme}://{parts.hostname}/…" if row.kind == WebhookEndpoint.Kind.SLACK else row.url


class NewSecretSerializer(WebhookSerializer):
    """A new endpoint, with its secret."""

    secret = serializers.CharField(read_only=True, help_text="Shown this once; empty for Slack.")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = fields


class WebhookChangeSerializer(Strict):
    """Where to, and what of."""

    name = serializers.CharField(max_length=100)
    url = serializers.URLField(max_length=500, help_text="https, and outside of any network of ours.")
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENT_TYPES),
        required=False,
        max_length=len(EVENT_TYPES),
        help_text=f"Empty: everything; for Slack {' and '.join(actions.FOR_SLACK)}.",
    )
    is_active = serializers.BooleanField(required=False, help_text="False: it is told nothing. True: it goes on.")

    def validate_url(self, value: str) -> str:
        """An address that may be asked; where its name leads is checked at each attempt."""
        try:
            check(value)
        except AddressRefused as refusal:
            raise serializers.ValidationError(str(refusal)) from None
        return value


class NewWebhookSerializer(WebhookChangeSerializer):
    """A new endpoint."""

    kind = serializers.ChoiceField(choices=WebhookEndpoint.Kind.choices, required=False, default="standard")
    is_active = None  # type: ignore[assignment]  # a new one is


class WebhookFilter(django_filters.FilterSet):
    """What a list of endpoints can be narrowed by."""

    kind = django_filters.ChoiceFilter(choices=WebhookEndpoint.Kind.choices)
    is_active = django_filters.BooleanFilter()

    class Meta:
        model = WebhookEndpoint
        fields = ("kind", "is_active")


class AttemptSerializer(serializers.ModelSerializer[WebhookAttempt]):
    """One try."""

    status = serializers.IntegerField(allow_null=True, read_only=True, help_text="Of HTTP; null: no answer came.")

    class Meta:
        model = WebhookAttempt
        fields = ("at", "status", "error", "milliseconds")
        read_only_fields = fields


class WebhookMessageSerializer(serializers.ModelSerializer[OutboxMessage]):
    """A message to an endpoint. It waits until it is delivered or given up."""

    webhook = serializers.IntegerField(source="endpoint_id", read_only=True)
    message_id = serializers.CharField(source="key", read_only=True, help_text="The header webhook-id.")
    type = serializers.CharField(source="event_type", read_only=True)

    class Meta:
        model = OutboxMessage
        fields: tuple[str, ...] = (
            "id", "webhook", "message_id", "type", "created_at", "next_attempt_at", "attempts", "last_error",
            "delivered_at", "given_up_at",
        )  # fmt: skip
        read_only_fields = fields


class WebhookMessageDetailSerializer(WebhookMessageSerializer):
    """A message with its body and every attempt."""

    payload = serializers.DictField(read_only=True)
    tries = AttemptSerializer(many=True, read_only=True)

    class Meta(WebhookMessageSerializer.Meta):
        fields = (*WebhookMessageSerializer.Meta.fields, "payload", "tries")
        read_only_fields = fields


class WebhookMessageFilter(django_filters.FilterSet):
    """What a list of messages can be narrowed by."""

    webhook = IdFilter(field_name="endpoint_id", label="Id of the endpoint.")
    type = django_filters.CharFilter(field_name="event_type", label="The type of the event.")
    state = django_filters.ChoiceFilter(
        choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("given_up", "Given up")], method="in_state"
    )
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Written at or after.")

    class Meta:
        model = OutboxMessage
        fields = ("webhook", "type", "state", "since")

    def in_state(self, rows: QuerySet[OutboxMessage], _: str, value: str) -> QuerySet[OutboxMessage]:
        """Where they stand."""
        delivered, given_up = Q(delivered_at__isnull=False), Q(given_up_at__isnull=False)
        return rows.filter({"waiting": ~delivered & ~given_up, "delivered": delivered, "given_up": given_up}[value])


@extend_schema_view(list=extend_schema(summary="Webhooks"), retrieve=extend_schema(summary="One webhook"))
class WebhookViewSet(ReadView[WebhookEndpoint]):
    """Addresses that are told of the desk."""

    queryset = WebhookEndpoint.objects.select_related("created_by").order_by("id")
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    read_capability = write_capability = Capability.MANAGE_KEYS

    @extend_schema(
        summary="Add a webhook",
        description="The answer has its secret, once.",
        request=NewWebhookSerializer,
        responses={201: NewSecretSerializer},
    )
    @sensitive_variables("secret")
    def create(self, request: Request) -> Response:
        """It is told of what happens from now on."""
        form = NewWebhookSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = {"event_types": []} | form.validated_data
        made, secret = actions.create_endpoint(by=user_of(request), **said)
        body = WebhookSerializer(made).data | {"secret": secret}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(summary="Change a webhook", request=WebhookChangeSerializer, responses=WebhookSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Its kind and its secret stay."""
        row = self.get_object()
        form = WebhookChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(self.get_serializer(actions.change_endpoint(row, **form.validated_data)).data)

    @extend_schema(
        summary="Send a test",
        description="A message without meaning; `/api/webhook-messages/{id}/` says how it went.",
        request=NothingSerializer,
        responses={202: WebhookMessageSerializer},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """It is on its way."""
        message = actions.announce_test(self.get_object())
        return Response(WebhookMessageSerializer(message).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(
    list=extend_schema(summary="Messages to webhooks, the latest first", responses=WebhookMessageSerializer(many=True)),
    retrieve=extend_schema(summary="One message with its body and attempts", responses=WebhookMessageDetailSerializer),
)
class WebhookMessageViewSet(ReadView[OutboxMessage]):
    """What was sent to webhooks, or is about to be."""

    queryset = OutboxMessage.objects.filter(endpoint__isnull=False).order_by("-id")
    filterset_class = WebhookMessageFilter
    pagination_class = Newest
    read_capability = write_capability = Capability.MANAGE_KEYS

    def get_queryset(self) -> QuerySet[OutboxMessage]:
        rows = super().get_queryset()
        return rows.defer("payload") if self.action == "list" else rows.prefetch_related("tries")

    def get_serializer_class(self) -> type[WebhookMessageSerializer]:
        """With the body for one."""
        return WebhookMessageSerializer if self.action == "list" else WebhookMessageDetailSerializer

    @extend_schema(
        summary="Send a message again",
        description="Under its old id; the count of attempts begins anew.",
        request=NothingSerializer,
        responses={202: WebhookMessageDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """It is on its way again."""
        actions.replay(self.get_object())
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
