"""The signals room."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """Registers the room with Django, its steps with the loop, and its ear with the accounts room."""

    name = "signals"
    verbose_name = "Signals and scoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No query and no Polars here: a Celery parent runs this before it forks."""
        from accounts import merging, personal_data
        from signals import import_steps, steps

        steps.register()
        import_steps.register()
        personal_data.register("signals.holdings")
        merging.register("signals.merge_parts")
