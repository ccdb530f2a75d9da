"""The signals room."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """Registers the room with Django."""

    name = "signals"
    verbose_name = "Signals and scoring"
    default_auto_field = "django.db.models.BigAutoField"
