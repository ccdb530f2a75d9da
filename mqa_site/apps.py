"""The house itself: settings, URLs, servers, and the commands that concern all rooms."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the house with Django, for its management commands and static files."""

    name = "mqa_site"
