"""MQLs are people one can list: by their own points, or because a connected system says so."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.people import update_contact
from signals.models import MqlSpell
from signals.rescore import rescore_until_done
from tests.handoff import desk, worked

pytestmark = pytest.mark.django_db


def test_the_list_shows_who_is_an_mql_and_since_when(client: Client) -> None:
    client.force_login(desk.user("sdr"))
    company = worked.company()
    called = company.contacts.get(first_name="Sofie")
    update_contact(contact=called, mql_external_from=timezone.now().date(), by=None)
    worked.settle()

    page = client.get(reverse("desk:people") + "?mql=on")
    rows = [(row["contact"].first_name, row["contact"].mql_since) for row in page.context["rows"]]
    today = timezone.now().date()
    assert sorted(rows) == [("Dana", today), ("Sofie", today)]
    assert page.content.decode().count('<span class="chip accent" title="since') == 2
    everybody = client.get(reverse("desk:people")).context["rows"]
    assert {row["contact"].first_name: row["contact"].mql_since for row in everybody}["Marek"] is None


def test_who_is_taken_back_by_the_system_is_evaluated_again_and_leaves_the_list(client: Client) -> None:
    client.force_login(desk.user("sdr"))
    company = worked.company()
    called = company.contacts.get(first_name="Sofie")
    update_contact(contact=called, mql_external_from=timezone.now().date(), by=None)
    worked.settle()
    update_contact(contact=called, mql_external_from=None, by=None)
    rescore_until_done()
    assert list(MqlSpell.objects.filter(until__isnull=True).values_list("contact__first_name", flat=True)) == ["Dana"]
    page = client.get(reverse("desk:people") + "?mql=on")
    assert [row["contact"].first_name for row in page.context["rows"]] == ["Dana"]
