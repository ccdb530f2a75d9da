"""The URL map. Accounts are companies here, so sign-in lives at /auth/."""

from django.contrib import admin
from django.urls import include, path

from accounts import sign_on_views
from mqa_site.views import design_page

urlpatterns = [
    path("auth/oidc/<slug:provider_id>/login/", sign_on_views.login),
    path("auth/oidc/<slug:provider_id>/login/callback/", sign_on_views.callback),
    path("auth/", include("allauth.urls")),
    path("design/", design_page, name="design"),
    path("api/", include("mqa_site.api")),
    path("admin/", admin.site.urls),
    path("v1/", include("signals.ingest.urls")),
    path("data/", include("accounts.urls")),
    path("", include("signals.urls")),
    path("reports/", include("reports.urls")),
    path("", include("handoff.urls")),
]
