"""The admin: who may open what, that edits go through the actions, that a key is shown once."""

import json
import re

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.companies import create_account, create_center
from accounts.keys import find_key
from accounts.models import (
    Account,
    AccountFact,
    ApiKey,
    Contact,
    ContactFact,
    CustomField,
    Domain,
    Persona,
    SeniorityRule,
    User,
)
from accounts.people import create_contact
from handoff.models import DeskPolicy
from signals import publishing
from signals.models import (
    IntentSignal,
    IntentTopic,
    MappingRule,
    RescoreRequest,
    ScoringModel,
    Theme,
    TouchType,
)

pytestmark = pytest.mark.django_db

ADMIN_ONLY = {"User", "Team", "ApiKey"}
# Registered by libraries for superusers; not pages of the product.
FOREIGN = {"Authenticator"}


def signed_in(client, role, *, staff=True):
    user = User.objects.create_user(f"{role}@desk.example", name=role.title(), role=role, is_staff=staff)
    user.is_superuser = role == "admin"
    user.save()
    client.force_login(user)
    return user


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_models():
    return [model for model in admin.site._registry if model.__name__ not in FOREIGN]


def formset(prefix, *rows, initial=0):
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}


ACCOUNT_INLINES = {**formset("domains"), **formset("technologies"), **formset("centers"), **formset("identifiers")}


def account_form(account, **changes):
    fields = {
        "name": account.name, "website": "", "industry": "", "employees": "", "annual_revenue": "",
        "annual_revenue_currency": "USD", "revenue_growth": "", "locations": "", "country": "", "region": "", "city": "",
        "tier": "", "owner_sdr": "", "owner_ae": "", "parent": "", "lifecycle": "prospect", "customer_since": "",
        "customer_until": "",
    }  # fmt: skip
    return {**fields, **ACCOUNT_INLINES, **changes}


def test_every_list_and_form_opens_for_an_admin(client):
    signed_in(client, "admin")
    account = create_account(name="Acme", domain="acme.com")
    create_center(account=account, name="EMEA IT", by=None)
    create_contact(account=account, email="ann@acme.com", title="VP Operations")
    opened = 0
    for model, page in admin.site._registry.items():
        assert client.get(url(model, "changelist"), follow=True).status_code == 200, model
        if page.has_add_permission(client_request(client)):
            assert client.get(url(model, "add")).status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            assert client.get(url(model, "change", row.pk)).status_code == 200, model
            opened += 1
    assert opened >= 10


def client_request(client):
    return client.get(reverse("admin:index")).wsgi_request


@pytest.mark.parametrize("role", ["sdr", "manager"])
def test_nobody_of_the_desk_opens_any_page_even_with_the_staff_mark(client, role):
    signed_in(client, role)
    for model in own_models():
        assert client.get(url(model, "changelist")).status_code == 403, model


def test_without_the_staff_mark_the_admin_refuses(client):
    signed_in(client, "sdr", staff=False)
    assert client.get(reverse("admin:index")).status_code in {302, 403}


def test_whoever_is_not_signed_in_comes_to_the_desks_own_sign_in(client):
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_marketing_operations_configures_but_makes_no_users_or_keys(client):
    signed_in(client, "marketing_ops")
    for model in own_models():
        expected = 403 if model.__name__ in ADMIN_ONLY else 200
        assert client.get(url(model, "changelist"), follow=True).status_code == expected, model


def test_a_new_account_gets_its_center_domain_and_history(client):
    user = signed_in(client, "admin")
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["Free", "Team"])
    blank = Account(name="Acme")
    data = account_form(
        blank, domain="https://www.acme.com/about", industry="Food", employees="880", custom__plan="Team"
    )
    assert client.post(url(Account, "add"), data).status_code == 302
    account = Account.objects.get()
    assert account.centers.get().is_default
    assert account.domain == "acme.com"
    assert account.custom == {"plan": "Team"}
    facts = set(AccountFact.objects.values_list("field", "value", "by"))
    assert {("industry", "Food", user.pk), ("employees", 880, user.pk), ("custom.plan", "Team", user.pk)} <= facts
    assert RescoreRequest.objects.filter(center__account=account).exists()


def test_a_taken_domain_is_refused_at_its_field_and_nothing_is_made(client):
    signed_in(client, "admin")
    create_account(name="Acme", domain="acme.com")
    response = client.post(url(Account, "add"), account_form(Account(name="Other"), domain="www.acme.com"))
    assert "acme.com already belongs to Acme" in response.content.decode()
    assert list(Account.objects.values_list("name", flat=True)) == ["Acme"]


def test_editing_an_account_writes_history_of_what_changed_alone(client):
    user = signed_in(client, "admin")
    account = create_account(name="Acme", domain="acme.com", industry="Food", employees=100)
    before = AccountFact.objects.count()
    data = account_form(account, industry="Food", employees="120")
    assert client.post(url(Account, "change", account.pk), data).status_code == 302
    new = AccountFact.objects.order_by("-id")[: AccountFact.objects.count() - before]
    assert [(fact.field, fact.value, fact.by_id) for fact in new] == [("employees", 120, user.pk)]


def test_emptying_a_field_makes_it_unknown(client):
    signed_in(client, "admin")
    account = create_account(name="Acme", industry="Food")
    client.post(url(Account, "change", account.pk), account_form(account))
    account.refresh_from_db()
    assert account.industry is None
    assert AccountFact.objects.order_by("-id").first().value is None


def test_a_second_domain_becomes_the_primary_one_when_ticked(client):
    signed_in(client, "admin")
    account = create_account(name="Acme", domain="acme.com")
    first = account.domains.get()
    rows = formset(
        "domains",
        {"id": first.pk, "account": account.pk, "name": "acme.com", "is_primary": "on"},
        {"id": "", "account": account.pk, "name": "WWW.Acme-Group.com", "is_primary": "on"},
        initial=1,
    )
    response = client.post(url(Account, "change", account.pk), account_form(account) | rows)
    assert response.status_code == 302
    assert dict(Domain.objects.values_list("name", "is_primary")) == {"acme.com": False, "acme-group.com": True}


def test_a_technology_taken_away_stays_in_the_past(client):
    signed_in(client, "admin")
    account = create_account(name="Acme")
    add = formset("technologies", {"id": "", "account": account.pk, "technology": technology("SAP"), "status": "uses"})
    client.post(url(Account, "change", account.pk), account_form(account) | add)
    row = account.technologies.get()
    assert row.known_until is None
    gone = formset(
        "technologies",
        {"id": row.pk, "account": account.pk, "technology": row.technology_id, "status": "uses", "DELETE": "on"},
        initial=1,
    )
    client.post(url(Account, "change", account.pk), account_form(account) | gone)
    row.refresh_from_db()
    assert row.known_until is not None


def technology(name):
    from accounts.models import Technology

    return Technology.objects.get_or_create(name=name)[0].pk


def test_a_person_is_read_by_the_title_rules_until_somebody_overrides(client):
    user = signed_in(client, "admin")
    account = create_account(name="Acme", domain="acme.com")
    form = {
        "account": account.pk, "email": "Ann@Acme.com", "first_name": "Ann", "last_name": "Lee", "phone": "",
        "title": "VP Operations", "department": "", "user_id": "",
    }  # fmt: skip
    assert client.post(url(Contact, "add"), form).status_code == 302
    person = Contact.objects.get()
    assert (person.email, person.seniority, person.seniority_overridden) == ("ann@acme.com", "vp", False)
    change = form | {"center": "", "seniority": "director", "persona": person.persona_id or ""}
    assert client.post(url(Contact, "change", person.pk), change).status_code == 302
    person.refresh_from_db()
    assert (person.seniority, person.seniority_overridden) == ("director", True)
    fact = ContactFact.objects.filter(field="seniority").order_by("-id").first()
    assert (fact.value, fact.by_id) == ("director", user.pk)


def test_a_changed_seniority_rule_reads_everybody_anew(client, django_capture_on_commit_callbacks):
    signed_in(client, "admin")
    person = create_contact(account=create_account(name="Acme"), title="Grand Vizier")
    assert person.seniority == "other"
    with django_capture_on_commit_callbacks(execute=True):
        data = {"seniority": "c_level", "title_words": "grand vizier", "position": 0}
        assert client.post(url(SeniorityRule, "add"), data).status_code == 302
    person.refresh_from_db()
    assert person.seniority == "c_level"


def test_a_key_is_shown_once_and_stored_as_a_hash(client):
    user = signed_in(client, "admin")
    response = client.post(url(ApiKey, "add"), {"name": "Website", "scope": "ingest"})
    text = re.search(r"mqa_[0-9a-f]{12}_[\w-]{43}", response.content.decode())[0]
    key = ApiKey.objects.get()
    assert find_key(text) == key
    assert (key.created_by, key.source.name) == (user, "Website")
    assert "no-store" in response["Cache-Control"]
    for page in (url(ApiKey, "changelist"), url(ApiKey, "change", key.pk)):
        assert text not in client.get(page).content.decode()
    assert client.post(url(ApiKey, "change", key.pk), {"_revoke": "x"}).status_code == 302
    assert find_key(text) is None
    key.refresh_from_db()
    assert key.revoked_by == user


def test_the_role_decides_about_the_admins_door(client):
    signed_in(client, "admin")
    data = {
        "email": "Ravi@Desk.example", "name": "Ravi", "role": "marketing_ops", "team": "", "time_zone": "Europe/Amsterdam",
        "password1": "a-long-pass-word", "password2": "a-long-pass-word",
    }  # fmt: skip
    assert client.post(url(User, "add"), data).status_code == 302
    ravi = User.objects.get(email="ravi@desk.example")
    assert (ravi.is_staff, ravi.is_superuser, ravi.check_password("a-long-pass-word")) == (True, False, True)
    change = {**data, "role": "sdr", "away_until": "", "is_active": "on"}
    assert client.post(url(User, "change", ravi.pk), change).status_code == 302
    ravi.refresh_from_db()
    assert (ravi.role, ravi.is_staff) == ("sdr", False)


def test_an_admin_does_not_lock_themselves_out(client):
    me = signed_in(client, "admin")
    data = {"email": me.email, "name": me.name, "role": "sdr", "team": "", "time_zone": "UTC", "away_until": ""}
    response = client.post(url(User, "change", me.pk), data)
    assert response.status_code == 200
    me.refresh_from_db()
    assert (me.role, me.is_active, me.is_superuser) == ("admin", True, True)


def test_a_touch_types_weight_becomes_a_new_version_of_the_model(client):
    user = signed_in(client, "marketing_ops")
    before = publishing.active_model()
    row = TouchType.objects.get(key="webinar_attended")
    data = {"name": row.name, "tier": "high", "direction": "inbound", "default_minutes": "30", "weight": "7"}
    assert client.post(url(TouchType, "change", row.pk), data).status_code == 302
    after = publishing.active_model()
    assert after.version == before.version + 1
    config = publishing.config_of(after)
    assert (config.touch_types["webinar_attended"].tier, config.weight_of("webinar_attended")) == ("high", 7.0)
    assert after.created_by == user


def test_a_key_persona_becomes_part_of_the_model(client):
    signed_in(client, "marketing_ops")
    persona = Persona.objects.first()
    data = {"name": persona.name, "position": persona.position, "key_persona": "on", **formset("rules")}
    assert client.post(url(Persona, "change", persona.pk), data).status_code == 302
    assert publishing.config_of(publishing.active_model()).key_personas == (persona.pk,)


def test_themes_and_mapping_rules_are_rows_to_edit(client):
    signed_in(client, "marketing_ops")
    rule = {"id": "", "position": 10, "field": "path", "match": "contains", "value": "sap", "property_name": ""}
    data = {"name": "Integrations", "key": "integrations", **formset("rules", rule)}
    assert client.post(url(Theme, "add"), data).status_code == 302
    theme = Theme.objects.get()
    assert list(theme.rules.values_list("value", "archived_at")) == [("sap", None)]
    retired = rule | {"id": theme.rules.get().pk, "theme": theme.pk, "retired": "on"}
    assert client.post(url(Theme, "change", theme.pk), data | formset("rules", retired, initial=1)).status_code == 302
    assert theme.rules.get().archived_at is not None
    rules = MappingRule.objects.count()
    data = {
        "field": "event", "match": "is", "value": "Survey Sent", "property_name": "", "property_value": "",
        "touch_type": TouchType.objects.get(key="content_download").pk, "theme": theme.pk, "channel": "", "campaign": "",
        "minutes": "", "position": 5, "is_active": "on",
    }  # fmt: skip
    assert client.post(url(MappingRule, "add"), data).status_code == 302
    assert MappingRule.objects.count() == rules + 1


def test_a_topics_theme_has_its_accounts_evaluated(client):
    signed_in(client, "marketing_ops")
    account = create_account(name="Acme")
    theme = Theme.objects.create(key="integrations", name="Integrations")
    topic = IntentTopic.objects.create(name="iPaaS")
    IntentSignal.objects.create(
        account=account, domain="acme.com", topic=topic, provider="x", composite=80, observed_on="2026-01-05"
    )
    RescoreRequest.objects.all().delete()
    assert client.post(url(IntentTopic, "change", topic.pk), {"theme": theme.pk}).status_code == 302
    topic.refresh_from_db()
    assert (topic.theme, topic.theme_overridden) == (theme, True)
    assert list(RescoreRequest.objects.values_list("center__account", "reason")) == [(account.pk, "topic")]


def draft(client):
    assert client.post(url(ScoringModel, "copy", publishing.active_model().pk)).status_code == 302
    return ScoringModel.objects.get(status="draft")


def document_form(client, model):
    """What the form of a draft would send back unchanged."""
    form = client.get(url(ScoringModel, "change", model.pk)).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if isinstance(value, list):
            data[name] = json.dumps(value)
        elif value is True:
            data[name] = "on"
        elif value is not None and value is not False:
            data[name] = value
    return data


def test_a_draft_is_edited_published_and_frozen(client):
    signed_in(client, "marketing_ops")
    first = publishing.active_model()
    model = draft(client)
    criterion = {"id": "size", "field": "employees", "operator": "at_least", "value": 200, "kind": "required"}
    data = document_form(client, model) | {"gates.mqa_score": "75", "criteria": json.dumps([criterion])}
    response = client.post(url(ScoringModel, "change", model.pk), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    model.refresh_from_db()
    assert model.config["gates"]["mqa_score"] == 75
    assert model.config["criteria"][0]["value"] == 200
    unsaid = client.post(url(ScoringModel, "publish", model.pk), {"comment": " "})
    assert "Say in a comment" in unsaid.content.decode()
    assert publishing.active_model() == first
    assert client.post(url(ScoringModel, "publish", model.pk), {"comment": "Raise the bar"}).status_code == 302
    assert publishing.active_model() == model
    frozen = client.post(url(ScoringModel, "change", model.pk), data | {"gates.mqa_score": "60"})
    assert frozen.status_code == 403
    model.refresh_from_db()
    assert model.config["gates"]["mqa_score"] == 75
    assert client.post(url(ScoringModel, "rollback", first.pk), {"comment": "Too high"}).status_code == 302
    assert publishing.active_model() == first


def test_what_does_not_hold_together_is_said_at_its_field(client):
    signed_in(client, "admin")
    model = draft(client)
    before = model.config
    wrong = {
        "gates.recent_days": "120",
        "criteria": json.dumps([{"id": "size", "field": "employees", "operator": "contains", "value": "x"}]),
        "policies.other.rules": "[]",
    }
    response = client.post(url(ScoringModel, "change", model.pk), document_form(client, model) | wrong)
    errors = response.context["adminform"].form.errors
    assert set(errors) == {"gates.recent_days", "criteria", "policies.other.rules"}
    assert "look-back of 90" in errors["gates.recent_days"][0]
    assert "does not suit employees" in errors["criteria"][0]
    model.refresh_from_db()
    assert model.config == before


def test_drafts_alone_can_be_thrown_away(client):
    signed_in(client, "admin")
    model, active = draft(client), publishing.active_model()
    assert client.post(url(ScoringModel, "delete", active.pk), {"post": "yes"}).status_code == 403
    assert client.post(url(ScoringModel, "delete", model.pk), {"post": "yes"}).status_code == 302
    assert list(ScoringModel.objects.filter(pk__in=[model.pk, active.pk])) == [active]


def test_steps_of_models_are_refused_to_whoever_may_not(client):
    active = publishing.active_model()
    signed_in(client, "manager")
    client.post(url(ScoringModel, "copy", active.pk))
    client.post(url(ScoringModel, "rollback", active.pk), {"comment": "x"})
    assert ScoringModel.objects.filter(status="draft").count() == 0
    assert publishing.active_model() == active


def test_the_desk_policy_is_one_row(client):
    signed_in(client, "admin")
    response = client.get(url(DeskPolicy, "changelist"))
    assert response["Location"] == url(DeskPolicy, "change", 1)
    assert client.get(url(DeskPolicy, "add")).status_code == 403


def test_the_list_of_accounts_asks_as_much_for_many_as_for_few(client, django_assert_num_queries):
    signed_in(client, "admin")
    for number in range(3):
        create_account(name=f"Acme {number}", domain=f"acme{number}.com")
    client.get(url(Account, "changelist"))
    with django_assert_num_queries(8) as few:
        client.get(url(Account, "changelist"))
    for number in range(3, 30):
        create_account(name=f"Acme {number}", domain=f"acme{number}.com")
    with django_assert_num_queries(len(few)):
        client.get(url(Account, "changelist"))
