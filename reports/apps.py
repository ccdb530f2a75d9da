"""The reports room."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the room with Django and its steps with the loop."""

    name = "reports"
    verbose_name = "Measures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No query here: see `SignalsConfig.ready`."""
        from accounts import personal_data
        from reports import steps

        steps.register()
        personal_data.register("reports.holdings")
