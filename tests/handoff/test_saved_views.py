"""Views of the queue that people keep: what of an address is kept, who sees and changes them, the default."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from handoff import saved_views
from handoff.models import DefaultView, SavedView
from handoff.queue_filters import canonical
from handoff.saved_views import ViewRefused
from tests.handoff import desk

pytestmark = pytest.mark.django_db

QUEUE = "/queue/"


@pytest.fixture
def sdr(client: Client) -> User:
    user = desk.user("sdr", "Priya Nair", team=desk.team("EMEA"))
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("score=75.0&scope=mine&page=3", "scope=mine&score=75"),
        ("target=on&q=hal+den&industry=&next=//evil.example", "q=hal+den&target=on"),
        ("sort=-score&late=on", "late=on&sort=-score"),
        ("sort=password&score=many&scope=theirs&person=0", ""),
    ],
)
def test_only_what_the_queue_understands_is_kept_in_one_order(query: str, kept: str) -> None:
    assert canonical(query) == kept
    assert canonical(kept) == kept


def test_a_view_is_saved_from_the_queue_and_opens_it(client: Client, sdr: User) -> None:
    page = client.get(QUEUE, {"target": "on", "sort": "-score"})
    assert page.context["keep_url"] == "/queue/views/?query=target%3Don%26sort%3D-score"
    response = client.post("/queue/views/", {"name": "Targets", "query": "target=on&sort=-score"}, follow=True)
    assert response.redirect_chain == [("/queue/?target=on&sort=-score", 302)]
    assert response.context["saved_now"].name == "Targets"
    view = SavedView.objects.get()
    assert (view.owner, view.query, view.team) == (sdr, "target=on&sort=-score", None)


def test_a_view_is_shared_with_the_team_and_nobody_else(client: Client, sdr: User) -> None:
    mate = desk.user("sdr", "Sam Berg", team=sdr.team)
    stranger = desk.user("sdr", team=desk.team("APAC"))
    alone = desk.user("sdr")
    view = saved_views.keep(by=sdr, name="Ours", query="target=on", team=sdr.team)
    saved_views.keep(by=sdr, name="Mine", query="target=on")
    seen = {user: [one.name for one in saved_views.visible_to(user)] for user in (sdr, mate, stranger, alone)}
    assert seen == {sdr: ["Mine", "Ours"], mate: ["Ours"], stranger: [], alone: []}
    client.force_login(mate)
    assert b"Priya N." in client.get(QUEUE).content
    assert client.post(f"/queue/views/{view.pk}/", {"name": "Stolen"}).status_code == 403
    assert client.post(f"/queue/views/{view.pk}/delete/").status_code == 403
    client.force_login(stranger)
    assert client.post(f"/queue/views/{view.pk}/delete/").status_code == 404
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine", "Ours"]


def test_an_sdr_shares_with_their_own_team_a_manager_with_any(sdr: User) -> None:
    other = desk.team("APAC")
    with pytest.raises(ViewRefused, match="your own team"):
        saved_views.keep(by=sdr, name="Ours", query="", team=other)
    assert SavedView.objects.count() == 0
    manager = desk.user("manager")
    assert saved_views.keep(by=manager, name="Theirs", query="", team=other).team == other


def test_a_view_is_renamed_and_deleted_by_its_owner(client: Client, sdr: User) -> None:
    view = saved_views.keep(by=sdr, name="Old", query="target=on", default=True)
    response = client.post(f"/queue/views/{view.pk}/", {"name": "New", "team": sdr.team_id})
    view.refresh_from_db()
    assert (response["Location"], view.name, view.team) == ("/queue/?target=on", "New", sdr.team)
    assert client.post(f"/queue/views/{view.pk}/delete/")["Location"] == "/queue/?scope=pool"
    assert (SavedView.objects.count(), DefaultView.objects.count()) == (0, 0)


def test_two_views_of_one_name_are_refused_and_nothing_typed_is_lost(client: Client, sdr: User) -> None:
    saved_views.keep(by=sdr, name="Targets", query="target=on")
    response = client.post("/queue/views/", {"name": "Targets", "query": "score=75"})
    assert response.status_code == 422
    assert "already: choose another name" in response.content.decode()
    assert b'name="query" value="score=75"' in response.content
    assert SavedView.objects.get().query == "target=on"


def test_a_view_of_too_much_text_is_refused_with_words(client: Client, sdr: User) -> None:
    response = client.post("/queue/views/", {"name": "Long", "query": urlencode({"q": "漢" * 100})})
    assert (response.status_code, SavedView.objects.count()) == (422, 0)
    assert "too long to keep" in response.content.decode()


def test_the_bare_queue_opens_with_the_default_until_it_is_taken_back(client: Client, sdr: User) -> None:
    assert client.get(QUEUE).status_code == 200
    view = saved_views.keep(by=sdr, name="Targets", query="scope=mine&target=on")
    client.post(f"/queue/views/{view.pk}/default/")
    assert client.get(QUEUE)["Location"] == "/queue/?scope=mine&target=on"
    assert client.get(QUEUE, {"scope": "pool"}).status_code == 200
    client.post(f"/queue/views/{view.pk}/default/", {"off": "1"})
    assert client.get(QUEUE).status_code == 200


def test_a_default_is_gone_when_the_view_is_no_longer_shared(client: Client, sdr: User) -> None:
    mate = desk.user("sdr", team=sdr.team)
    view = saved_views.keep(by=mate, name="Ours", query="target=on", team=sdr.team)
    saved_views.open_with(by=sdr, view=view)
    saved_views.change(view=view, by=mate, name="Ours", team=None)
    assert client.get(QUEUE).status_code == 200
    with pytest.raises(ViewRefused, match="not shared with you"):
        saved_views.open_with(by=sdr, view=view)


def test_fifty_views_are_enough(sdr: User) -> None:
    SavedView.objects.bulk_create(SavedView(owner=sdr, name=f"View {n}") for n in range(50))
    with pytest.raises(ViewRefused, match="50 views"):
        saved_views.keep(by=sdr, name="One more", query="")
    assert SavedView.objects.count() == 50
