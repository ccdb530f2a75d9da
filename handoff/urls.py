"""The desk's addresses."""

from django.urls import path

from handoff.views import account, decisions, exports, group, inbox, lists, moves, notices, queue, start, triage, webhooks

app_name = "desk"

urlpatterns = [
    path("", start.home, name="home"),
    path("first-steps/", start.first_steps, name="first_steps"),
    path("settings/", start.profile, name="profile"),
    path("search/", lists.search, name="search"),
    path("queue/", queue.queue, name="queue"),
    path("queue/rows/", queue.rows, name="queue_rows"),
    path("queue/next/", queue.next_account, name="next"),
    path("queue/assign/", queue.bulk_assign, name="bulk_assign"),
    path("mine/", inbox.mine, name="mine"),
    path("passed/", inbox.passed, name="passed"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices_read"),
    path("settings/mail/", webhooks.mail, name="mail"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path("webhooks/<int:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/messages/<int:pk>/again/", webhooks.webhook_replay, name="webhook_replay"),
    path("accounts/export/", exports.accounts, name="accounts_export"),
    path("people/export/", exports.people, name="people_export"),
    path("queue/export/", exports.queue_file, name="queue_export"),
    path("triage/", triage.triage, name="triage"),
    path("triage/<int:pk>/match/", triage.match, name="triage_match"),
    path("triage/<int:pk>/dismiss/", triage.dismiss, name="triage_dismiss"),
    path("people/", lists.people, name="people"),
    path("accounts/", lists.accounts, name="accounts"),
    path("accounts/<int:pk>/", account.account, name="account"),
    path("accounts/<int:pk>/notes/", account.note, name="note"),
    path("decisions/<int:pk>/", decisions.decision, name="decision"),
    path("handoffs/<int:pk>/split/", moves.split, name="split"),
    path("notes/<int:pk>/pin/", account.pin, name="pin"),
    path("touches/<int:pk>/wrong/", account.touch_wrong, name="touch_wrong"),
    path("centers/<int:pk>/members/", group.member, name="member"),
    path("handoffs/<int:pk>/brief/", inbox.brief, name="brief"),
    path("handoffs/<int:pk>/undo/", moves.undo, name="undo"),
    *(path(f"handoffs/<int:pk>/{name}/", moves.move, {"action": name}, name=name) for name in moves.PAGES),
]
