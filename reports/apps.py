"""The reports room."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the room with Django."""

    name = "reports"
    verbose_name = "Measures"
    default_auto_field = "django.db.models.BigAutoField"
