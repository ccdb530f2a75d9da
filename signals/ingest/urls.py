"""The doors for events, with and without a slash at the end, and the short names that the browser client uses."""

from django.urls import re_path

from signals.ingest import views
from signals.ingest.parse import KINDS

app_name = "ingest"

urlpatterns = [
    *(re_path(rf"^(?:{kind}|{kind[0]})/?$", views.single, {"kind": kind}, name=kind) for kind in KINDS),
    re_path(r"^(?:batch|b)/?$", views.batch, name="batch"),
    re_path(r"^import/?$", views.batch, name="import"),
    re_path(r"^m/?$", views.metrics, name="metrics"),
]
