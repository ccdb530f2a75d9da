"""The house itself: settings, URLs, servers, and the commands that concern all rooms."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the house with Django, for its management commands and static files."""

    name = "mqa_site"

    def ready(self) -> None:
        """Let workers note their heartbeat; put counts beside the navigation."""
        from mqa_site import (
            health,  # noqa: F401 - it connects on import
            navigation_counts,
            orphans,  # noqa: F401 - it too
        )

        navigation_counts.register()
