"""What touches are called and what they are about: types, themes, and the rules that read events (domain.md §2, §8)."""

import pghistory
from django.db import models
from django.utils import timezone


class Tier(models.TextChoices):
    """How near to a decision a touch is."""

    HIGH = "high", "High"
    MID = "mid", "Mid"
    LOW = "low", "Low"


class Direction(models.TextChoices):
    """Who acted: they (inbound) or a rep of ours (outbound)."""

    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


@pghistory.track()
class TouchType(models.Model):
    """A kind of touch. What it weighs is the scoring model's, which snapshots tier, direction and marks."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    tier = models.CharField(max_length=4, choices=Tier)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.INBOUND)
    default_minutes = models.DecimalField(max_digits=7, decimal_places=2, default=0)
    hand_raise = models.BooleanField("a demo or contact request", default=False)
    decision_stage = models.BooleanField("belongs to no theme by nature", default=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Theme(models.Model):
    """A problem or solution that a touch or an intent topic is about."""

    key = models.SlugField(unique=True, max_length=80)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class EventField(models.TextChoices):
    """What of an event a rule looks at."""

    EVENT = "event", "Event name"
    PATH = "path", "Page path"
    PROPERTY = "property", "Property"


class Match(models.TextChoices):
    """How a rule compares. Case and separators are ignored in event names."""

    IS = "is", "is"
    STARTS_WITH = "starts_with", "starts with"
    CONTAINS = "contains", "contains"


@pghistory.track()
class MappingRule(models.Model):
    """Reads an event as a touch type (and campaign, channel, minutes if named). The first that matches wins."""

    position = models.PositiveIntegerField(default=1000)
    field = models.CharField(max_length=10, choices=EventField)
    match = models.CharField(max_length=12, choices=Match)
    value = models.CharField(max_length=200)
    property_name = models.CharField(
        max_length=80, blank=True, help_text="Which property, when a property is looked at or required."
    )
    property_value = models.CharField(
        max_length=200, blank=True, help_text="Comma separated; also required of the event."
    )
    touch_type = models.ForeignKey(TouchType, on_delete=models.PROTECT, related_name="rules")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=40, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    minutes = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.get_match_display()} {self.value} → {self.touch_type}"


@pghistory.track()
class ThemeRule(models.Model):
    """Says which theme a page, event, property or intent topic is about."""

    class Field(models.TextChoices):
        """What the rule looks at."""

        EVENT = "event", "Event name"
        PATH = "path", "Page path"
        PROPERTY = "property", "Property"
        TOPIC = "topic", "Intent topic"

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField(default=1000)
    field = models.CharField(max_length=10, choices=Field)
    match = models.CharField(max_length=12, choices=Match)
    value = models.CharField(max_length=200)
    property_name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.get_match_display()} {self.value} → {self.theme}"


@pghistory.track()
class TrafficRule(models.Model):
    """Whose events give no points and are still kept and shown: bots', and our own people's (signals/traffic.py)."""

    class Kind(models.TextChoices):
        """Who it is; what `Touch.ignored` then says."""

        BOT = "bot", "Bot"
        INTERNAL = "internal", "Internal"

    class Field(models.TextChoices):
        """What the rule looks at."""

        USER_AGENT = "user_agent", "User agent contains"
        KNOWN = "known", "User agent is on the list"
        DOMAIN = "domain", "E-mail domain is"
        HOST = "host", "Host of the page is"
        IP = "ip", "IP address is in"
        PROPERTY = "property", "Property is"

    kind = models.CharField("it is", max_length=8, choices=Kind, default=Kind.INTERNAL)
    field = models.CharField("look at", max_length=10, choices=Field, default=Field.DOMAIN)
    value = models.CharField("text", max_length=200)
    property_name = models.CharField("property", max_length=80, blank=True, help_text="When a property is looked at.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("kind", "field", "value", "id")
        constraints = (
            models.UniqueConstraint(fields=["kind", "field", "value", "property_name"], name="traffic_rule_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.property_name} {self.value}".replace("  ", " ")


class IntentTopic(models.Model):
    """A topic as a provider names it, read as a theme by the theme rules or by hand."""

    name = models.CharField(max_length=160, unique=True)
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="topics")
    theme_overridden = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
