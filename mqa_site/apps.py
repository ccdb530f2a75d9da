"""The house itself: settings, URLs, servers, and the commands that concern all rooms."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the house with Django, for its management commands and static files."""

    name = "mqa_site"

    def ready(self) -> None:
        """Let workers note their heartbeat."""
        from mqa_site import health  # noqa: F401, PLC0415 - it connects on import, when the apps are ready
