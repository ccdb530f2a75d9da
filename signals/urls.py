"""The addresses of scoring models, previews and decisions; of events, their rules, and what waits for an account."""

from django.urls import include, path

from signals.views import events, exports, models, previews, rules, traffic, unmatched

app_name = "signals"

model = [
    path("", models.versions, name="model"),
    path("progress/", models.progress, name="progress"),
    path("catalogue/", models.take_catalogue, name="take_catalogue"),
    path("whatif/", previews.latest, name="whatif"),
    path("decisions/", previews.decisions, name="decisions"),
    path("decisions/export/", exports.decisions, name="decisions_export"),
    path("<int:version>/copy/", models.copy, name="copy"),
    path("<int:version>/whatif/", previews.what_if, name="whatif_of"),
    path("<int:version>/backtest/", previews.backtest, name="backtest"),
    path("<int:version>/backtest/progress/", previews.backtest_progress, name="backtest_progress"),
    path("<int:version>/publish/", models.publish, name="publish"),
    path("<int:version>/criterion/", models.criterion, name="criterion"),
    path("<int:version>/criterion/remove/", models.remove_criterion, name="criterion_remove"),
    path("compare/", models.compare_any, name="compare_any"),
    path("<int:version>/compare/<int:other>/", models.compare, name="compare"),
    path("<int:version>/<slug:tab>/", models.edit, name="edit"),
]

data = [
    path("events/", events.events, name="events"),
    path("events/unmapped/", events.unmapped, name="unmapped"),
    path("events/set-aside/", events.set_aside, name="set_aside"),
    path("events/set-aside/<int:pk>/", events.set_aside_one, name="set_aside_one"),
    path("events/conflicts/", events.conflicts, name="conflicts"),
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.rule, name="rule_new"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
    path("rules/<int:pk>/move/", rules.move, name="rule_move"),
    path("rules/<int:pk>/active/", rules.active, name="rule_active"),
    path("rules/themes/new/", rules.theme_rule, name="theme_rule_new"),
    path("rules/themes/<int:pk>/", rules.theme_rule, name="theme_rule"),
    path("rules/themes/<int:pk>/move/", rules.theme_move, name="theme_rule_move"),
    path("rules/themes/<int:pk>/active/", rules.theme_active, name="theme_rule_active"),
    path("rules/read-again/", rules.remap, name="remap"),
    path("rules/read-again/progress/", rules.remap_progress, name="remap_progress"),
    path("events/set-aside/export/", exports.set_aside, name="set_aside_export"),
    path("events/unmapped/export/", exports.unmapped, name="unmapped_export"),
    path("unmatched/export/", exports.unmatched, name="unmatched_export"),
    path("touches/export/", exports.touches, name="touches_export"),
    path("intent/export/", exports.intent, name="intent_export"),
    path("traffic/", traffic.traffic, name="traffic"),
    path("traffic/<int:pk>/active/", traffic.active, name="traffic_active"),
    path("unmatched/", unmatched.unmatched, name="unmatched"),
    path("unmatched/match/", unmatched.match, name="unmatched_match"),
]

urlpatterns = [path("model/", include(model)), path("data/", include(data))]
