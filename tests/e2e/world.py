"""A small desk on which every page has something to show, and what to fill each address of the URL map with."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern
from django.utils import timezone

from accounts.companies import create_account
from accounts.keys import create_key
from accounts.merging import merge_accounts
from accounts.models import AccountMerge, Contact, Import, Source, User
from handoff import actions, saved_views, webhooks
from handoff.models import AssignmentRule, Handoff, Notice, SavedView, TriageItem, WebhookEndpoint
from reports import closing
from signals.models import Decision, MappingRule, ScoringModel, SetAsideEvent, ThemeRule
from signals.publishing import active_model, copy_to_draft
from tests.accounts import imports_help
from tests.handoff import desk, worked
from tests.signals import given

ACCOUNTS = "name,domain,employees\nAlder,alder.com,200\nBirch,,many\n"
CLOSED_MONTH = dt.date(2026, 3, 1)


def build() -> User:
    """One of everything; returns the admin who holds it all."""
    ada = desk.user("admin", "Ada Long", is_superuser=True, is_staff=True)
    ada.set_password("x")
    ada.save()
    TOTP.activate(ada, generate_totp_secret())
    priya = desk.user("sdr", "Priya Nair", team=desk.team("EMEA"))
    waiting = worked.queued()
    desk.ready_to_pass(waiting)
    held = worked.queued(name="Corvane Health", domain="corvanehealth.com")
    actions.claim(handoff_id=held.pk, by=ada)
    actions.add_note(account=held.account, by=priya, text="Budget @Ada Long", pinned=True, handoff=held)
    for state in ("passed", "accepted", "opportunity"):
        desk.handoff(state, company=desk.account(f"Pellham & Roy {state}"), sdr=ada, ae=ada)
    touch = given.touch(waiting.account, None, "demo_request", given.ago(1))
    TriageItem.objects.create(touch_id=touch.pk, occurred_at=touch.occurred_at, due_at=touch.occurred_at)
    Notice.objects.create(recipient=ada, kind="x", text="Halden qualified.", key="k", account=waiting.account)
    saved_views.keep(by=ada, name="Best first", query="sort=-score")
    _data(ada)
    return ada


def _data(ada: User) -> None:
    copy_to_draft(model=active_model(), by=ada)
    imports_help.checked(ACCOUNTS, kind="accounts", by=ada)
    webhooks.create_endpoint(kind="standard", name="CRM", url="https://crm.example/hook", event_types=["*"], by=ada)
    merge_accounts(gone=create_account(name="Tamsin"), kept=create_account(name="Tamsin Robotics"), by=ada)
    closing.close_month(month=CLOSED_MONTH, by=ada)
    source, _ = Source.objects.get_or_create(name="Website")
    SetAsideEvent.objects.create(source=source, code="bad", reason="No name.", payload={"type": "track"})
    create_key(name="Website", scope="ingest", by=ada)


def _held(state: str) -> Callable[[], Any]:
    return lambda: Handoff.objects.filter(state=state).order_by("pk").latest("pk").pk


def _first(model: type[Model]) -> Callable[[], Any]:
    return lambda: model._default_manager.order_by("pk").values_list("pk", flat=True).first()


# What stands for `pk` in an address, by the address's name.
PK: dict[str, Callable[[], Any]] = {
    **dict.fromkeys(("accounts:import", "accounts:import_progress", "accounts:import_rejected"), _first(Import)),
    "signals:set_aside_one": _first(SetAsideEvent),
    "signals:rule": _first(MappingRule),
    "signals:theme_rule": _first(ThemeRule),
    "desk:view": _first(SavedView),
    "desk:rule": _first(AssignmentRule),
    "desk:team_person": lambda: User.objects.get(name="Priya Nair").pk,
    "desk:webhook": _first(WebhookEndpoint),
    "desk:triage_match": _first(TriageItem),
    "desk:merged": _first(AccountMerge),
    "desk:decision": _first(Decision),
    **dict.fromkeys(("desk:person", "desk:person_erase", "desk:person_export"), _first(Contact)),
    **dict.fromkeys(
        ("desk:account", "desk:account_day", "desk:centers", "desk:note", "desk:merge"),
        lambda: Handoff.objects.get(state="working").account_id,
    ),
    **dict.fromkeys(("desk:claim", "desk:assign"), _held("queued")),
    **dict.fromkeys(
        ("desk:release", "desk:pass", "desk:recycle", "desk:disqualify", "desk:outreach", "desk:brief"),
        _held("working"),
    ),
    **dict.fromkeys(("desk:accept", "desk:return"), _held("passed")),
    "desk:opportunity": _held("accepted"),
    **dict.fromkeys(("desk:win", "desk:lose"), _held("opportunity")),
}
# What an address is asked besides.
QUERY = {"signals:criterion": "?field=industry", "desk:account_day": f"?day={timezone.now():%Y-%m-%d}"}


def arguments(name: str, pattern: URLPattern) -> dict[str, Any]:
    """Something that exists, for each argument of an address."""
    known = {
        "pk": PK.get(name, lambda: 0),
        "version": lambda: ScoringModel.objects.latest("version").version,
        "other": lambda: 1,
        "tab": lambda: "gates",
        "resource": lambda: "accounts",
        "kind": lambda: "mqa",
        "slug": lambda: f"{CLOSED_MONTH:%Y-%m}",
        "object_id": lambda: _admins_first(name),
        "id": lambda: User.objects.get(role="admin").pk,
        "app_label": lambda: "handoff",
    }
    return {key: known[key]() for key in pattern.pattern.converters if key in known}


def _admins_first(name: str) -> Any:
    """The key of a row of the model that an address of the admin is about; 0 where there is none."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            found = model._default_manager.order_by("-pk").values_list("pk", flat=True)
            return found.first() or 0
    return 0
