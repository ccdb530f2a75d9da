"""The house: settings, URLs, background work, and the servers of `make run`."""

from mqa_site.celery import app as celery_app

__all__ = ["celery_app"]
