"""The room's addresses."""

from django.urls import path

from accounts.views import imports

app_name = "accounts"

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.show, name="import"),
    path("imports/<int:pk>/check/", imports.check, name="import_check"),
    path("imports/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:pk>/rejected.csv", imports.rejected, name="import_rejected"),
    *(
        path(f"imports/<int:pk>/{action}/", imports.move, {"action": action}, name=f"import_{action}")
        for action in ("commit", "columns", "resume", "discard")
    ),
]
