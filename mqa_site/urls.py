"""The URL map. Accounts are companies here, so sign-in lives at /auth/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("auth/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
