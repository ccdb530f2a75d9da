"""The addresses of the reports."""

from django.urls import path

from reports import dashboard, learning_views, months, views

app_name = "reports"

urlpatterns = [
    *(path(f"{name}/", views.report, {"page": name}, name=name) for name in views.PAGES),
    path("learning/", learning_views.learning, name="learning"),
    path("learning/adopt/", learning_views.adopt, name="learning_adopt"),
    path("rows/<slug:kind>/", views.rows, name="rows"),
    path("monday/", dashboard.monday, name="monday"),
    path("monday/mail/", dashboard.mail, name="mail"),
    path("months/", months.months, name="months"),
    path("months/<slug:slug>/", months.month, name="month"),
]
