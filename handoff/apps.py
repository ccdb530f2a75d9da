"""The handoff room."""

from django.apps import AppConfig


class HandoffConfig(AppConfig):
    """Registers the room with Django."""

    name = "handoff"
    verbose_name = "The desk"
    default_auto_field = "django.db.models.BigAutoField"
