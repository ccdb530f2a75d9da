"""What a topic is about and whom a connected system calls an MQL have a history: a replay goes by what was known."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import Contact, ContactFact
from accounts.people import update_contact
from signals import topics
from signals.actions import request_rescore
from signals.facts import load_facts
from signals.models import Decision, IntentTopic, PastTopicTheme, ThemeRule
from signals.publishing import active_model, config_of, copy_to_draft, publish, save_draft
from signals.replay import replay
from signals.rescore import rescore_until_done
from signals.telling import evidence_of_decision
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def scored() -> Decision:
    rescore_until_done(now=NOW)
    return Decision.objects.latest("id")


def differences(decision: Decision) -> dict[str, Any]:
    (found,) = replay(Decision.objects.filter(pk=decision.pk).select_related("model"))
    return found.differences


def test_a_topic_given_another_theme_keeps_past_decisions_what_they_were() -> None:
    company = given.worked_example()
    request_rescore(account_ids=[company.pk], reason="test")
    decision = scored()
    named = evidence_of_decision(decision)["gates"][3]["topics"]
    assert [item["topic"] for item in named] == ["Data integration"]
    topic, was = IntentTopic.objects.get(), given.theme()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        topics.set_theme(topic=topic, theme=given.theme("security"))
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        topics.set_theme(topic=topic, theme=None)

    assert differences(decision) == {}
    config = config_of(active_model())

    def theme_at(days: int) -> int | None:
        facts = load_facts(
            center_ids=[given.whole(company).pk], as_of=NOW + timedelta(days=days), config=config, past=True
        )
        return facts.intent["theme_id"].to_list()[0]

    assert [theme_at(0), theme_at(1), theme_at(2)] == [was.pk, given.theme("security").pk, None]


def test_topics_read_again_by_the_rules_keep_what_they_were_about() -> None:
    company = given.worked_example()
    request_rescore(account_ids=[company.pk], reason="test")
    decision = scored()
    ThemeRule.objects.create(theme=given.theme("security"), field="topic", match="contains", value="integration")

    assert (topics.read_again(), topics.read_again()) == (1, 0)

    assert list(PastTopicTheme.objects.values_list("topic__name", "theme__key")) == [
        ("Data integration", "integrations")
    ]
    assert differences(decision) == {}


def test_saying_a_topics_own_theme_again_leaves_no_past() -> None:
    given.worked_example()
    topics.set_theme(topic=IntentTopic.objects.get(), theme=given.theme())
    assert not PastTopicTheme.objects.exists()


def two_leads() -> None:
    """Target accounts qualify by two MQLs."""
    draft = copy_to_draft(model=active_model(), by=None)
    policy = draft.config["policies"]["target"] | {"rules": [{"kind": "qualified_leads", "min_people": 2}]}
    policies = draft.config["policies"] | {"target": policy}
    save_draft(model=draft, config=draft.config | {"policies": policies}, by=None)
    publish(model=draft, comment="Two leads", by=None)


def test_days_that_were_set_before_their_history_was_kept_are_known_of_then() -> None:
    two_leads()
    third = given.worked_example().contacts.get(seniority="manager")
    before_history = {"mql_external_from": given.ago(40).date(), "created_at": given.ago(100)}
    Contact.objects.filter(pk=third.pk).update(**before_history)
    decision = scored()
    assert (decision.qualified, differences(decision)) == (True, {})

    statement = import_module("accounts.migrations.0008_mql_days_known").DAYS_KNOWN
    with connection.cursor() as cursor:
        for written in (1, 0):
            cursor.execute(statement)
            assert cursor.rowcount == written
    fact = ContactFact.objects.get(contact=third, field="mql_external_from")
    assert (fact.value, fact.known_from) == (given.ago(40).date().isoformat(), given.ago(100))
    assert differences(decision) == {}

    third.refresh_from_db()
    update_contact(contact=third, mql_external_from=None, by=None, at=NOW + timedelta(hours=1))
    assert differences(decision) == {}


def test_an_mql_by_a_connected_system_is_one_then_whatever_it_says_later() -> None:
    two_leads()
    company = given.worked_example()
    third = company.contacts.get(seniority="manager")
    update_contact(contact=third, mql_external_from=given.ago(40).date(), by=None, at=given.ago(40))
    decision = scored()
    assert (decision.qualified, evidence_of_decision(decision)["gates"][4]["rules"][0]["people"]) == (True, 2)

    update_contact(contact=third, mql_external_until=given.ago(39).date(), by=None, at=NOW + timedelta(hours=1))
    assert differences(decision) == {}
    rescore_until_done(now=NOW + timedelta(hours=2))
    assert Decision.objects.latest("id").block == "threshold"
    update_contact(contact=third, mql_external_from=None, mql_external_until=None, by=None, at=NOW + timedelta(hours=3))
    assert differences(decision) == {}
