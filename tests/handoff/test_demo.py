"""The demo company: repeatable, complete, true to the product's own rules. One small load serves all tests."""

import datetime as dt
import itertools
from collections import Counter
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Account, Contact, Domain, User
from handoff.demo import companies, intent, offers, people, plot, touches
from handoff.demo.cast import CAST
from handoff.demo.load import load
from handoff.demo.staff import PASSWORD, STAFF, logins
from handoff.models import (
    BuyingGroupMember,
    Handoff,
    HandoffEvent,
    HandoffState,
    Note,
    Notice,
    Opportunity,
    SlaEvent,
    TriageItem,
)
from handoff.queries import counts, queue
from handoff.transitions import TABLE
from signals import rules
from signals.models import (
    CenterState,
    Decision,
    IntentSignal,
    RescoreRequest,
    ScoringFailure,
    Touch,
    Transition,
)
from signals.publishing import active_model, config_of
from signals.reading import Seen

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)
ACCOUNTS = 150


def draw(seed=7, today=TODAY):
    world = companies.companies(seed, ACCOUNTS, today)
    stories = plot.plot(seed, world, today)
    staff = people.people(seed, world, {s.company for s in stories}, lambda title, department: ("vp", department))
    seen = touches.touches(seed, world, staff, stories, today, frozenset({"IT", "Finance"}))
    return world, staff, stories, seen, intent.signals(seed, world, stories, today)


def test_the_same_seed_and_day_give_the_same_world():
    assert draw() == draw()


def test_another_seed_gives_another_world():
    names = {seed: [c.name for c in draw(seed)[0]] for seed in (7, 8)}
    assert names[7][: len(CAST)] == names[8][: len(CAST)]
    assert names[7] != names[8]


def test_the_world_ends_before_the_day_of_loading():
    world, staff, _, seen, signals = draw()
    assert max(t.at for t in seen).date() < TODAY
    assert min(t.at for t in seen).date() > TODAY - dt.timedelta(days=430)
    assert max(s.observed_on for s in signals) < TODAY
    assert max(s.received_at.date() for s in signals) < TODAY
    assert len({c.name for c in world}) == len({c.domain for c in world}) == ACCOUNTS
    assert len({p.email for p in staff}) == len(staff)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """A loaded demo; each test works in a savepoint of its transaction, which is rolled back after the last one."""
    from django.db import transaction

    noon = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    with time_machine.travel(noon), django_db_blocker.unblock(), transaction.atomic():
        load(seed=7, accounts=ACCOUNTS)
        yield
        transaction.set_rollback(True)


def test_every_account_has_a_whole_and_a_domain_that_matching_accepts(demo):
    from accounts.matching import registrable_domain

    assert Account.objects.count() == ACCOUNTS
    assert Account.objects.filter(centers__is_default=True).distinct().count() == ACCOUNTS
    assert all(registrable_domain(f"www.{name}") == name for name in Domain.objects.values_list("name", flat=True))


def test_everything_is_evaluated_and_nothing_waits(demo):
    assert CenterState.objects.filter(evaluated_at__isnull=True).count() == 0
    assert CenterState.objects.values("as_of_day").distinct().count() == 1
    assert CenterState.objects.filter(points_micro__gt=0, engagement_score__isnull=True).count() == 0
    assert RescoreRequest.objects.count() == ScoringFailure.objects.count() == 0
    assert Transition.objects.filter(processed_at__isnull=True).count() == 0


def test_every_block_and_stage_is_there(demo):
    blocks = set(CenterState.objects.values_list("block", flat=True))
    assert blocks == {"", "relevance", "cluster", "spread", "direction", "threshold"}
    assert set(CenterState.objects.values_list("stage", flat=True)) == {"awareness", "consideration", "mqa"}
    assert set(CenterState.objects.values_list("icp", flat=True)) == {"in", "out", "unknown"}


def test_the_cast_stands_where_it_is_cast(demo):
    state_of = dict(Handoff.objects.values_list("account__name", "state"))
    expected = {"queue": "queued", "idle": "working", "returned": "working"}
    for member in CAST:
        if member.desk:
            assert state_of[member.name] == expected.get(member.desk, member.desk), member.name
        else:
            assert member.name not in state_of


def test_the_queue_has_fourteen_of_all_urgencies(demo):
    priya = User.objects.get(email="priya@demo.example")
    waiting = queue(priya, "pool").filter(state="queued")
    assert waiting.count() == 14
    assert set(waiting.values_list("urgency", flat=True)) >= {0, 1}
    assert waiting.filter(hand_raise_at__isnull=False).count() == 2
    assert waiting.filter(center__is_default=False).get().center.name == "EMEA IT"
    assert waiting.get(cooling_since__isnull=False).account.name == "Brightwater Foods"
    assert counts(priya)["mine"] == 9
    assert queue(priya, "pool").filter(offered_back_at__isnull=False).count() == 1


def test_hand_raises_that_nobody_can_place_wait_for_triage(demo):
    items = TriageItem.objects.filter(resolved_at__isnull=True)
    assert set(items.values_list("account__name", flat=True)) == {"Umbra Forwarding", None}


def test_the_past_has_journeys_that_ended_in_every_way(demo):
    states = Counter(Handoff.objects.values_list("state", flat=True))
    assert {"queued", "working", "passed", "accepted"} <= states.keys() <= set(HandoffState.values)
    assert sum(states[state] for state in ("won", "lost", "recycled", "disqualified", "withdrawn", "opportunity")) >= 8
    assert {"won", "lost"} <= set(Opportunity.objects.values_list("stage", flat=True))
    assert Opportunity.objects.filter(handoffs__isnull=True).exists()


def test_every_move_is_one_of_the_desks_table_in_its_order(demo):
    allowed = {(source, action, move.to) for (source, action), move in TABLE.items()}
    seen = HandoffEvent.objects.values_list("from_state", "action", "to_state")
    moves = {row for row in seen if row[1] not in {"cooling", "warmed", "hand_raise", "offer_back", "qualified"}}
    assert moves <= allowed
    for handoff in Handoff.objects.prefetch_related("events"):
        events = sorted(handoff.events.all(), key=lambda event: (event.at, event.pk))
        assert next(event.action for event in events) == "open"
        assert all(after.from_state == before.to_state for before, after in itertools.pairwise(events))
        assert events[-1].to_state == handoff.state
        assert all(event.at <= timezone.now() for event in events)


def test_handoffs_rest_on_decisions_that_qualified(demo):
    mqas = Handoff.objects.filter(is_mqa=True).select_related("decision")
    assert all(handoff.decision.qualified for handoff in mqas)
    assert all(handoff.decision.as_of <= handoff.queued_at + dt.timedelta(minutes=1) for handoff in mqas)
    assert Decision.objects.filter(as_of__lt=timezone.now() - dt.timedelta(days=60), qualified=True).exists()
    old = timezone.now() - dt.timedelta(days=430)
    assert not Decision.objects.filter(Q(recorded_at__gt=timezone.now()) | Q(recorded_at__lt=old)).exists()


def test_what_was_passed_met_what_a_pass_needs(demo):
    for handoff in Handoff.objects.filter(passed_at__isnull=False):
        assert handoff.summary
        assert handoff.ae_id
        members = BuyingGroupMember.objects.filter(group__center=handoff.center_id, status="validated")
        assert members.count() >= 2


def test_clocks_fired_once_each(demo):
    twice = SlaEvent.objects.values("handoff", "clock", "kind", "due_at").annotate(n=Count("id")).filter(n__gt=1)
    assert not twice.exists()
    assert SlaEvent.objects.filter(kind="breach").exists()


def test_the_model_is_the_second_or_later_version_with_criteria_and_key_personas(demo):
    model = active_model()
    config = config_of(model)
    assert model.version >= 2
    assert len(config.criteria) == 9
    assert len(config.key_personas) == 4
    assert (config.full_points, config.gates.mqa_score) == (50, 70)


def test_touches_are_read_as_the_door_would_read_them(demo):
    compiled = rules.current()
    sample = Touch.objects.filter(kind__in=["track", "page"]).order_by("message_id")
    for touch in sample.select_related("touch_type")[:: max(1, sample.count() // 300)]:
        context = touch.payload.get("context", {})
        read = compiled.read(Seen(touch.kind, touch.name, touch.path, touch.payload.get("properties", {}), context))
        assert read.touch_type.key == touch.touch_type.key, (touch.name, touch.path)
        assert (read.theme_id is not None) == (touch.theme_id is not None), (touch.name, touch.path, read.theme_name)


def test_people_are_read_by_the_installations_title_rules(demo):
    from accounts.people import title_rules

    found = title_rules()
    for person in Contact.objects.exclude(title="").order_by("pk")[:200]:
        assert person.seniority == found.seniority_of(person.title), person.title


def test_there_is_something_to_match_to_map_and_to_read(demo):
    assert Touch.objects.filter(account__isnull=True).count() > 50
    assert Touch.objects.filter(touch_type__key="unmapped").exists()
    assert IntentSignal.objects.filter(account__isnull=True).exists()
    assert set(IntentSignal.objects.values_list("provider", flat=True)) == {"Intentscope", "Reviewgrid"}
    assert Note.objects.exists()
    assert Notice.objects.filter(recipient__email="tom@demo.example", kind="mention").count() == 1


def test_the_printed_log_ins_work_as_long_as_they_have_the_demos_password(demo, client):
    assert [email for _, email, _ in logins()] == [member.email for member in STAFF]
    out = StringIO()
    call_command("demo_logins", stdout=out)
    assert "priya@demo.example" in out.getvalue()
    assert PASSWORD in out.getvalue()
    priya = User.objects.get(email="priya@demo.example")
    assert priya.check_password(PASSWORD)
    priya.set_password("something else 1")
    priya.save()
    assert "priya@demo.example" not in {email for _, email, _ in logins()}


def test_a_desk_with_accounts_refuses_the_demo(demo):
    with pytest.raises(CommandError, match="empty desk alone"):
        call_command("load_demo", accounts=ACCOUNTS)


def test_too_few_accounts_are_refused():
    with pytest.raises(CommandError, match="at least 100"):
        call_command("load_demo", accounts=20)


def test_every_offer_on_a_theme_has_the_themes_word_in_its_path():
    for theme, by_type in offers.ON_THEME.items():
        for found in by_type.values():
            for what in found:
                if what.path:
                    owner = next(key for key, words in offers.PATH_WORDS.items() if any(w in what.path for w in words))
                    assert owner == theme, what.path


def test_every_kind_of_noise_has_an_offer_without_a_theme():
    assert set(touches.NOISE) <= set(offers.NO_THEME)
