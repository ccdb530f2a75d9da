"""A touch type made after a publish gives nothing; the model's page says so and takes it in by one step."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Persona, User
from signals.catalogue_gap import gaps
from signals.models import ModelPublication, TouchType
from signals.publishing import active_model, config_of, revise_touch_type, roll_back
from tests.signals import given

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


def test_nothing_is_said_while_they_agree() -> None:
    assert gaps(config_of(active_model())) == []
    assert b"The catalogue has moved on" not in client_of("admin").get(reverse("signals:model")).content


def test_what_the_version_does_not_know_is_said_with_what_it_costs() -> None:
    podcast = TouchType.objects.create(key="podcast", name="Podcast", tier="high", default_minutes=20)
    TouchType.objects.filter(key="blog_page").update(tier="mid", decision_stage=True)
    persona = Persona.objects.create(name="Finance", is_key=True)
    given.touch(given.account(), None, "pricing_page", timezone.now(), touch_type=podcast)
    blog = TouchType.objects.get(key="blog_page").name
    assert gaps(config_of(active_model())) == [
        "Podcast is not in it: 1 touch of the last 90 days gives no points.",
        f"{blog} is low tier, inbound in it, and mid tier, inbound, decision stage in the catalogue.",
        f"Its key personas are none; marked now: {persona.name}.",
    ]


def test_one_step_publishes_the_same_model_with_the_new_type() -> None:
    first = active_model()
    revise_touch_type(key="podcast", by=None, weight=7, name="Podcast", tier="high")
    roll_back(to=first, comment="Back", by=None)
    client = client_of("marketing_ops")
    page = client.get(reverse("signals:model"))
    assert page.context["gaps"] == ["Podcast is not in it."]
    before = config_of(active_model())

    client.post(reverse("signals:take_catalogue"))

    after = config_of(active_model())
    assert (active_model().version, after.touch_types["podcast"].tier) == (3, "high")
    assert after.model_copy(update={"touch_types": before.touch_types}) == before
    assert ModelPublication.objects.first().comment == "The catalogue as it is: Podcast is not in it."
    assert client.get(reverse("signals:model")).context["gaps"] == []
    client.post(reverse("signals:take_catalogue"))
    assert active_model().version == 3
