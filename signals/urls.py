"""The addresses of scoring models, previews and decisions."""

from django.urls import path

from signals.views import models, previews

app_name = "signals"

urlpatterns = [
    path("", models.versions, name="model"),
    path("progress/", models.progress, name="progress"),
    path("whatif/", previews.latest, name="whatif"),
    path("decisions/", previews.decisions, name="decisions"),
    path("<int:version>/copy/", models.copy, name="copy"),
    path("<int:version>/whatif/", previews.what_if, name="whatif_of"),
    path("<int:version>/backtest/", previews.backtest, name="backtest"),
    path("<int:version>/publish/", models.publish, name="publish"),
    path("<int:version>/criterion/", models.criterion, name="criterion"),
    path("<int:version>/criterion/remove/", models.remove_criterion, name="criterion_remove"),
    path("<int:version>/compare/<int:other>/", models.compare, name="compare"),
    path("<int:version>/<slug:tab>/", models.edit, name="edit"),
]
