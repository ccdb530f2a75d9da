"""Merging accounts over the API: a preview that changes nothing, the merge, taking it back (domain.md §8)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.keys import create_key
from accounts.models import Account, AccountMerge, Domain
from tests.handoff import desk
from tests.signals import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return APIClient(headers={"authorization": f"Bearer {create_key(name='sync', scope='write', by=None)[1]}"})


@pytest.fixture
def pair() -> dict[str, int]:
    gone, kept = given.account("Northwind Ltd", domain="northwind.example"), given.account("Northwind")
    return {"gone": gone.pk, "kept": kept.pk}


def test_previewed_merged_and_taken_back(api: APIClient, pair: dict[str, int]) -> None:
    seen = api.post("/api/account-merges/preview/", pair)
    assert (seen.status_code, [(one["key"], one["count"]) for one in seen.json()["parts"]], seen.json()["refusals"]) == (
        200, [("domains", 1)], [],
    )  # fmt: skip
    assert (AccountMerge.objects.count(), Domain.objects.get().account_id) == (0, pair["gone"])

    made = api.post("/api/account-merges/", pair)
    merge = made.json()
    assert (made.status_code, merge["gone"], merge["kept"], merge["undone_at"]) == (
        201,
        pair["gone"],
        pair["kept"],
        None,
    )
    assert [(one["key"], one["count"]) for one in merge["parts"]] == [("domains", 1)]
    assert Domain.objects.get().account_id == pair["kept"]
    assert api.get(f"/api/accounts/{pair['gone']}/").status_code == 404
    assert [row["id"] for row in api.get("/api/account-merges/", {"undone": False}).json()["results"]] == [merge["id"]]

    undone = api.post(f"/api/account-merges/{merge['id']}/undo/")
    assert (undone.status_code, undone.json()["undone_at"] is None) == (200, False)
    assert Domain.objects.get().account_id == pair["gone"]
    again = api.post(f"/api/account-merges/{merge['id']}/undo/")
    assert (again.status_code, again.json()["message"]) == (409, "This merge was taken back already.")


@pytest.mark.parametrize(
    "body", [{}, {"gone": 0, "kept": "x"}, {"gone": None, "kept": [1]}, [], "text", {"gone": 2**70, "kept": 1}]
)
def test_what_names_no_two_accounts_is_refused(api: APIClient, pair: dict[str, int], body: Any) -> None:
    for address in ("/api/account-merges/", "/api/account-merges/preview/"):
        assert api.post(address, body).status_code == 400
    assert api.post("/api/account-merges/", pair | {"kept": pair["gone"]}).status_code == 400
    assert (AccountMerge.objects.count(), Account.objects.count()) == (0, 2)


def test_two_that_are_worked_on_are_refused_with_the_reason(api: APIClient, pair: dict[str, int]) -> None:
    for pk, name in ((pair["gone"], "Ana"), (pair["kept"], "Ben")):
        desk.handoff("working", company=Account.objects.get(pk=pk), sdr=desk.user("sdr", name))
    answer = api.post("/api/account-merges/", pair)
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert "Both are being worked on" in answer.json()["errors"]["refusals"][0]
    assert AccountMerge.objects.count() == 0
