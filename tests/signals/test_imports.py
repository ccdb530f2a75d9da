"""Touches and intent from files (signals/imports.py, imports_intent.py)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.companies import create_account
from accounts.imports import results
from accounts.models import Contact
from accounts.people import create_contact
from signals.models import IntentSignal, IntentTopic, RescoreRequest, Theme, ThemeRule, Touch
from tests.accounts.imports_help import checked, counts, imported, upload

pytestmark = pytest.mark.django_db

MEMBERS = """Campaign Name,Member Status,Email,Company,Member First Responded Date
Webinar Q4,Attended,ann@acme.com,Acme,2026-11-10
Webinar Q4,Registered,new@beta.de,Beta,2026-11-11
Webinar Q4,Something else,new@beta.de,Beta,2026-11-11
Webinar Q4,Attended,,Acme,2026-11-12
Webinar Q4,Attended,,,2026-11-12
Webinar Q4,Attended,ann@acme.com,Acme,2026-11-10
"""


def test_campaign_members_become_touches_of_people_and_accounts():
    acme = create_account(name="Acme", domain="acme.com")
    ann = create_contact(account=acme, email="ann@acme.com")
    RescoreRequest.objects.all().delete()

    owner = imported(MEMBERS)

    assert owner.kind == "touches"
    assert counts(owner) == (4, 0, 0, 2)
    assert owner.reasons == {
        "A touch needs a person, a visitor or an account": 1,
        "The same as in line … of this file, which counts": 1,
    }
    touches = list(Touch.objects.order_by("occurred_at", "id"))
    assert [(t.touch_type.key, t.account, t.contact_id, t.campaign) for t in touches] == [
        ("event_attended", acme, ann.pk, "Webinar Q4"),
        ("webinar_registered", None, Contact.objects.get(email="new@beta.de").pk, "Webinar Q4"),
        ("unmapped", None, Contact.objects.get(email="new@beta.de").pk, "Webinar Q4"),
        ("event_attended", acme, None, "Webinar Q4"),
    ]
    assert touches[0].occurred_at == datetime(2026, 11, 10, tzinfo=UTC)
    assert RescoreRequest.objects.filter(center__account=acme).exists()

    create_account(name="Beta", domain="beta.de")
    assert Touch.objects.filter(account__name="Beta").count() == 2


def test_the_same_touches_twice_are_known():
    create_account(name="Acme", domain="acme.com")
    imported(MEMBERS)
    before = list(Touch.objects.order_by("id").values())

    assert counts(imported(MEMBERS)) == (0, 0, 4, 2)
    assert list(Touch.objects.order_by("id").values()) == before


def test_a_message_id_with_other_content_keeps_the_first():
    imported("messageId,event,email,timestamp\n1,Demo Requested,a@acme.com,2026-11-20T10:00:00Z\n")

    owner = imported("messageId,event,email,timestamp\n1,Webinar Attended,a@acme.com,2026-11-20T10:00:00Z\n")

    assert counts(owner) == (0, 0, 0, 1)
    assert Touch.objects.get().touch_type.key == "demo_request"


def test_pages_and_events_go_by_the_rules_and_minutes_by_the_file():
    imported(
        "When,Event,Page,E-mail,Minutes,Theme\n"
        "2026-11-20,,https://our.site/pricing?x=1,a@acme.com,2.5,\n"
        "2026-11-20,ROI Calculated,,a@acme.com,,Integration\n"
    )

    found = Touch.objects.order_by("id").values_list("touch_type__key", "minutes", "theme__name")
    assert list(found) == [("pricing_page", Decimal("2.50"), None), ("roi_calculator", Decimal("5.00"), "Integration")]


def test_touches_of_a_domain_alone_wait_for_its_account():
    imported("Date,Type,Domain\n2026-11-20,Webinar Attended,acme.com\n", kind="touches")
    assert Touch.objects.get().account is None

    acme = create_account(name="Acme", domain="acme.com")

    assert Touch.objects.get().account == acme


BOMBORA = """Company Name,Domain,Company Size,Industry,Topic Name,Topic ID,Composite Score,Date
Acme,www.acme.com,Large (1000+),Software,iPaaS,17,78,2026-11-15
Beta,beta.de,Small,Retail,iPaaS,17,61,2026-11-15
Acme,acme.com,Large,Software,Data Integration,18,161,2026-11-15
Nobody,,,,iPaaS,17,70,2026-11-15
"""


def test_bombora_company_surge():
    acme = create_account(name="Acme", domain="acme.com")
    theme = Theme.objects.create(key="integration", name="Integration")
    ThemeRule.objects.create(theme=theme, field="topic", match="contains", value="ipaas")
    RescoreRequest.objects.all().delete()

    owner = imported(BOMBORA)

    assert owner.kind == "intent"
    assert counts(owner) == (2, 0, 0, 2)
    found = IntentSignal.objects.order_by("id").values_list(
        "account", "domain", "provider", "kind", "composite", "observed_on"
    )
    assert list(found) == [
        (acme.pk, "acme.com", "bombora", "topic_surge", 78.0, date(2026, 11, 15)),
        (None, "beta.de", "bombora", "topic_surge", 61.0, date(2026, 11, 15)),
    ]
    assert IntentTopic.objects.get().theme == theme
    assert list(RescoreRequest.objects.values_list("center__account", "reason")) == [(acme.pk, "intent")]
    assert [row[-1] for row in results.rejected_rows(owner)] == [
        "Composite score “161” is not between 0 and 100",
        "No account here is the one named, and without a domain it can't wait for one",
    ]
    beta = create_account(name="Beta", domain="beta.de")
    assert IntentSignal.objects.filter(account=beta).count() == 1


def test_the_same_week_twice_is_known_and_another_score_is_appended():
    create_account(name="Acme", domain="acme.com")
    imported(BOMBORA)
    assert counts(imported(BOMBORA)) == (0, 0, 2, 2)
    assert IntentSignal.objects.count() == 2

    owner = imported(BOMBORA.replace(",78,", ",80,"))

    assert counts(owner) == (0, 1, 1, 2)
    assert owner.examples["changed"][0]["changes"] == [["Composite score", "78", "80"]]
    assert list(IntentSignal.objects.filter(domain="acme.com").order_by("id").values_list("composite", flat=True)) == [
        78.0,
        80.0,
    ]


def test_the_first_delivery_in_30_days_has_everybody_evaluated():
    create_account(name="Acme", domain="acme.com")
    other = create_account(name="Other", domain="other.com")
    row = "Domain,Topic,Composite Score,Date,Provider\nacme.com,iPaaS,{},2026-11-14,g2\n"
    RescoreRequest.objects.all().delete()
    imported(row.format(70))
    asked = RescoreRequest.objects.filter(center__account=other)
    assert list(asked.values_list("reason", flat=True)) == ["intent"]

    IntentSignal.objects.update(received_at=timezone.now() - timedelta(days=29))
    asked.delete()
    imported(row.format(80))
    assert not asked.exists()

    IntentSignal.objects.update(received_at=timezone.now() - timedelta(days=30))
    imported(row.format(90))
    assert asked.exists()


def test_g2_buyer_intent_goes_by_levels():
    create_account(name="Acme", domain="acme.com")
    imported(
        "Company Name,Company Domain,Signal Type,Product,Activity Level,Last Seen\n"
        "Acme,acme.com,Compare,OurTool,High,11/14/2026\nAcme,acme.com,Category,iPaaS,Low,11/14/2026\n"
    )

    found = IntentSignal.objects.order_by("id").values_list(
        "provider", "kind", "topic__name", "composite", "observed_on"
    )
    assert list(found) == [
        ("g2", "competitor", "OurTool", 90.0, date(2026, 11, 14)),
        ("g2", "category", "iPaaS", 30.0, date(2026, 11, 14)),
    ]


def test_a_weekly_file_without_a_date_gets_one_for_all_rows():
    table = "Domain,Topic,Composite Score\nacme.com,iPaaS,70\n"
    assert "observed_on" not in upload(table).mapping

    imported(table, values={"observed_on": "2026-11-15"})

    assert IntentSignal.objects.get().observed_on == date(2026, 11, 15)


def test_signals_of_the_future_are_rejected():
    owner = checked("Domain,Topic,Composite Score,Date\nacme.com,iPaaS,70,2200-01-01\n")

    assert counts(owner) == (0, 0, 0, 1)
