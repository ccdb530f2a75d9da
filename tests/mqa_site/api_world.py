"""Something behind each address of configuration, for tests of the API's document."""

from accounts.imports.actions import upload
from accounts.models import CustomField, Persona, SeniorityRule, Source, Technology
from signals import remapping
from signals.models import (
    EventConflict,
    IntentTopic,
    MappingRule,
    SetAsideEvent,
    Theme,
    ThemeRule,
    TouchType,
    TrafficRule,
)


def catalogue_ids() -> dict[str, int]:
    """A row of each resource."""
    theme = Theme.objects.create(key="integrations", name="Integrations")
    source = Source.objects.get_or_create(name="website")[0]
    made = (
        ("touch-types", TouchType.objects.first()),
        ("themes", theme),
        ("theme-rules", ThemeRule.objects.create(theme=theme, field="path", match="contains", value="connect")),
        ("mapping-rules", MappingRule.objects.first()),
        ("traffic-rules", TrafficRule.objects.first()),
        ("remappings", remapping.request_remapping(by=None)),
        ("intent-topics", IntentTopic.objects.get_or_create(name="Data pipelines")[0]),
        ("personas", Persona.objects.first()),
        ("seniority-rules", SeniorityRule.objects.first()),
        ("custom-fields", CustomField.objects.create(key="plan", label="Plan", kind="text")),
        ("known-technologies", Technology.objects.create(name="Airflow")),
        ("sources", source),
        ("imports", upload(blocks=[b"Name,Domain\nAcme,acme.com\n"], file_name="a.csv", kind="accounts", by=None)),
        (
            "set-aside-events",
            SetAsideEvent.objects.create(source=source, code="no_type", reason="No type.", payload={}),
        ),
        ("event-conflicts", EventConflict.objects.create(source=source, message_id="m", payload={})),
    )
    return {name: row.pk for name, row in made if row is not None}
