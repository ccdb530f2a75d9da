"""Past moments are computed as they were known then (domain.md §2, §4)."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.companies import update_account
from accounts.models import Account, Contact
from accounts.people import update_contact
from signals.actions import request_rescore
from signals.facts import customer_status, load_facts
from signals.models import Decision, PastReading, Touch
from signals.publishing import active_model, config_of, copy_to_draft, publish, save_draft
from signals.replay import replay
from signals.rescore import rescore_until_done
from signals.scoring import evaluate
from signals.telling import evidence_of_decision
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def scored(company: Account, *, at=NOW) -> Decision:
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done(now=at)
    return Decision.objects.filter(account=company).latest("id")


def replayed(decision: Decision) -> dict:
    (found,) = replay(Decision.objects.filter(pk=decision.pk).select_related("model"))
    return found.differences


def revise(touch: Touch, at, **changes) -> None:
    """What a correction leaves: the earlier reading kept, the new one known from `at`."""
    columns = (
        "account_id",
        "contact_id",
        "touch_type_id",
        "theme_id",
        "channel",
        "campaign",
        "minutes",
        "ignored",
        "known_from",
    )
    PastReading.objects.create(touch_id=touch.pk, known_until=at, **{name: getattr(touch, name) for name in columns})
    Touch.objects.filter(pk=touch.pk).update(known_from=at, **changes)


def test_a_decision_replays_the_same() -> None:
    assert replayed(scored(given.worked_example())) == {}


def test_a_warning_that_was_called_otherwise_then_is_no_difference() -> None:
    company = given.account()
    given.touch(company, None, "pricing_page", given.ago(0))
    decision = scored(company)
    told = evidence_of_decision(decision)
    assert "no_themes" in told["warnings"]

    # As evidence was stored when it was stored whole.
    decision.pk, decision.kept = None, ""
    decision.evidence = json.loads(json.dumps(told).replace("no_themes", "no_theme_rules"))
    decision.save(force_insert=True)
    assert replayed(decision) == {}

    decision.pk = None
    decision.evidence["warnings"] = []
    decision.save(force_insert=True)
    assert set(replayed(decision)) == {"evidence.warnings"}


def test_a_decision_replays_the_same_after_everything_has_changed() -> None:
    company = given.worked_example(industry="Software", employees=500)
    given.contact(company)
    draft = copy_to_draft(model=active_model(), by=None)
    criteria = [
        {"id": "size", "field": "employees", "operator": "at_least", "value": 200, "kind": "required"},
        {"id": "industry", "field": "industry", "operator": "in", "value": ["Software"], "kind": "scored"},
    ]
    save_draft(model=draft, config=draft.config | {"criteria": criteria}, by=None)
    publish(model=draft, comment="ICP", by=None)
    decision = scored(company)
    assert decision.qualified
    later = NOW + timedelta(hours=1)

    update_account(account=company, by=None, at=later, employees=20, industry="Retail", is_target=False)
    for person in Contact.objects.filter(account=company):
        update_contact(contact=person, by=None, at=later, seniority="other")
    for touch in Touch.objects.filter(account=company):
        revise(touch, later, account_id=given.account().pk, contact_id=None)
    given.touch(company, None, "pricing_page", given.ago(0), received_at=later)
    newer = copy_to_draft(model=active_model(), by=None)
    save_draft(model=newer, config=newer.config | {"full_points": 500.0}, by=None)
    publish(model=newer, comment="Other", by=None)

    assert replayed(decision) == {}
    assert not scored(company, at=NOW + timedelta(hours=2)).qualified


def test_a_fact_that_was_written_but_not_yet_visible_is_not_held_against_the_decision() -> None:
    company = given.worked_example()
    decision = scored(company)
    # Known from a moment before the decision, committed after it.
    vp = Contact.objects.get(account=company, seniority="vp")
    update_contact(contact=vp, by=None, at=NOW - timedelta(seconds=1), seniority="other")

    assert replayed(decision) == {}


def test_a_fact_that_is_not_as_it_was_shows() -> None:
    company = given.worked_example()
    decision = scored(company)
    vp = Contact.objects.get(account=company, seniority="vp")
    update_contact(contact=vp, by=None, at=NOW - timedelta(days=30), seniority="other")

    found = replayed(decision)

    assert found["qualified"] == (True, False)
    assert found["points_micro"][0] == decision.points_micro
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1 decisions came out differently"):
        call_command("replay", "--all", stdout=out)
    assert f'{{"decision": {decision.pk}, ' in out.getvalue()


def test_the_command_counts_what_it_replayed() -> None:
    scored(given.worked_example())
    out = io.StringIO()

    call_command("replay", "--sample", "10", stdout=out)

    assert out.getvalue() == "1 decisions replayed, 0 came out differently\n"


def test_a_decision_on_erased_touches_is_told_apart() -> None:
    company = given.worked_example()
    scored(company)
    Touch.objects.filter(account=company, contact__seniority="vp").delete()
    out = io.StringIO()

    call_command("replay", "--all", stdout=out)

    assert out.getvalue() == "1 decisions replayed, 0 came out differently, 1 rest on touches that were erased\n"


# The past as it was known then


def points_at(company: Account, moment) -> int:
    config = config_of(active_model())
    facts = load_facts(center_ids=[given.whole(company).pk], as_of=moment, config=config, past=True)
    return evaluate(facts, config, moment).centers["points_micro"][0]


def test_what_was_received_later_did_not_count_then() -> None:
    company = given.account()
    person = given.contact(company)
    given.touch(company, person, "pricing_page", given.ago(3), received_at=given.ago(1))

    assert points_at(company, given.ago(2)) == 0
    assert points_at(company, given.ago(3, 23)) == 0
    assert points_at(company, given.ago(1, 23)) == round(10_000_000 * 2 ** (-2 / 30))


def test_a_visitor_who_was_identified_later_was_anonymous_then() -> None:
    company = given.account()
    person = given.contact(company, "vp")
    touch = given.touch(company, None, "pricing_page", given.ago(3), visitor="v")
    revise(touch, given.ago(1), contact_id=person.pk)

    assert points_at(company, given.ago(3, 23)) == 5_000_000
    assert points_at(company, given.ago(1, 23)) == round(15_000_000 * 2 ** (-2 / 30))


def test_a_seniority_counts_from_when_it_was_known() -> None:
    company = given.account()
    person = given.contact(company, "manager")
    given.touch(company, person, "pricing_page", given.ago(0))
    update_contact(contact=person, by=None, at=given.ago(0, 12), seniority="c_level")

    assert points_at(company, given.ago(0, 11)) == 10_000_000
    assert points_at(company, given.ago(0, 13)) == 20_000_000


def test_everything_at_once_reads_the_same_as_one_by_one() -> None:
    for number in range(3):
        given.worked_example(name=f"C{number}")
    config = config_of(active_model())
    moment = timezone.now()
    for past in (False, True):
        whole = evaluate(load_facts(center_ids=None, as_of=NOW, config=config, past=past), config, NOW).centers
        for company in Account.objects.all():
            ids = [given.whole(company).pk]
            one = evaluate(load_facts(center_ids=ids, as_of=NOW, config=config, past=past), config, NOW).centers
            same = whole.filter(whole["center_id"] == ids[0])
            assert one.drop("c").to_dicts() == same.drop("c").to_dicts()
            assert one["qualified"].to_list() == [True]
    assert moment > NOW


@pytest.mark.parametrize(
    ("lifecycle", "since", "until", "status"),
    [
        ("prospect", "", "", "never"),
        ("customer", "", "", "present"),
        ("former_customer", "", "", "past"),
        ("customer", "2026-06-15", "", "present"),
        ("customer", "2026-06-16", "", "never"),
        ("customer", "2025-01-01", "2026-06-15", "present"),
        ("customer", "2025-01-01", "2026-06-14", "past"),
        ("former_customer", "", "2026-06-14", "past"),
    ],
)
def test_customer_status_by_dates_then_by_lifecycle(lifecycle: str, since: str, until: str, status: str) -> None:
    assert customer_status(lifecycle, since, until, NOW.date()) == status


def test_texts_are_read_whole_and_visitors_told_apart_by_every_letter() -> None:
    company = given.account(industry='a"b, c\nd')
    for number, text in enumerate(("ab", "aB", "a b", "a\x1eb", "", "")):
        given.touch(company, None, "pricing_page", given.ago(0), visitor=text, message_id=f"{text}{number}")

    facts = load_facts(center_ids=[given.whole(company).pk], as_of=NOW, config=config_of(active_model()))

    assert facts.accounts["industry"].to_list() == ['a"b, c\nd']
    assert facts.touches["visitor"].n_unique() == 5
    assert facts.touches["visitor"].null_count() == 2
