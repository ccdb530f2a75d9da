"""Where data comes from, and the keys that let it in (promises X3)."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Source(models.Model):
    """A sender of touches: a site, an app, a file, a rep. Message ids are unique within one."""

    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key: prefix and 256-bit secret, of which only the prefix and a hash are stored."""

    class Scope(models.TextChoices):
        """What a key opens. `configure` includes `write`, which includes `read`; `ingest` is apart."""

        INGEST = "ingest", "Send events"
        READ = "read", "Read the API"
        WRITE = "write", "Read and write the API"
        CONFIGURE = "configure", "Read, write and configure"

        @property
        def opens(self) -> frozenset[str]:
            """The scopes that this one stands for."""
            grown = (ApiKey.Scope.READ, ApiKey.Scope.WRITE, ApiKey.Scope.CONFIGURE)
            return frozenset(grown[: grown.index(self) + 1] if self in grown else (self,))

    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="keys")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(scope="ingest") | models.Q(source__isnull=False),
                name="ingest_key_has_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
