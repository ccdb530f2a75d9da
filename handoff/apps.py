"""The handoff room."""

from django.apps import AppConfig


class HandoffConfig(AppConfig):
    """Registers the room with Django and its steps with the loop."""

    name = "handoff"
    verbose_name = "The desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No query here: see `SignalsConfig.ready`."""
        from handoff import steps

        steps.register()
