"""Files over the API: uploaded, mapped, checked, imported by the worker; what was rejected comes back as a file."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import Account, Import
from tests.accounts.imports_help import work

pytestmark = pytest.mark.django_db

COMPANIES = b"Company,Site\nAcme,acme.com\nBroken,gmail.com\nNorthwind,northwind.com\n"


def upload(client: APIClient, data: bytes = COMPANIES, **more: Any) -> Any:
    return client.post("/api/imports/", {"file": SimpleUploadedFile("companies.csv", data), **more}, format="multipart")


def test_a_file_is_uploaded_mapped_checked_and_imported(api: APIClient) -> None:
    made = upload(api, kind="accounts")
    said = made.json()
    address = f"/api/imports/{said['id']}/"
    assert (made.status_code, said["kind"], said["status"], said["header"]) == (
        201, "accounts", "uploaded", ["Company", "Site"],
    )  # fmt: skip
    assert {"key": "domain", "label": "Domain", "required": False, "constant": False} in [
        one | {"label": "Domain"} for one in said["fields_known"]
    ]

    started = api.post(f"{address}check/", {"mapping": {"name": {"column": "Company"}, "domain": {"column": 1}}})
    assert (started.status_code, started.json()["status"]) == (200, "checking")
    work()
    checked = api.get(address).json()
    assert (checked["status"], checked["counts"]) == (
        "checked", {"new": 2, "changed": 0, "unchanged": 0, "rejected": 1},
    )  # fmt: skip
    assert Account.objects.count() == 0

    assert api.post(f"{address}commit/").json()["status"] == "committing"
    work()
    done = api.get(address).json()
    assert (done["status"], done["rows_done"], done["counts"]["new"]) == ("done", 3, 2)
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme", "Northwind"]
    rejected = api.get(f"{address}rejected/", headers={"accept": "text/csv"})
    lines = b"".join(rejected.streaming_content).decode("utf-8-sig").splitlines()
    assert (rejected.headers["Content-Type"], lines[0]) == (
        "text/csv; charset=utf-8", "Company,Site,Line in the file,Why it was rejected",
    )  # fmt: skip
    assert lines[1].startswith("Broken,gmail.com,3,")
    assert [row["id"] for row in api.get("/api/imports/?status=done&kind=accounts").json()["results"]] == [said["id"]]
    assert api.post(f"{address}discard/").status_code == 409


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"mapping": {"colour": {"column": 0}}}, "mapping: There is no field “colour”: see fields_known."),
        ({"mapping": {"name": {"column": 7}}}, "mapping: There is no column “7”: see header."),
        ({"mapping": {"name": {"column": "Colour"}}}, "mapping: There is no column “Colour”: see header."),
        ({"mapping": {"name": {"row": 1}}}, "mapping: Say column, columns or value of “name”."),
        ({"mapping": {"name": 1}}, 'mapping.name: Expected a dictionary of items but got type "int".'),
        (
            {"mapping": {"domain": {"column": 0}, "name": {"column": 0}}},
            "One column can't be both “Account name” and “Domain”.",
        ),
        ({"options": {"currency": "dollars"}}, "options.currency: This value does not match the required pattern."),
        ({"nonsense": 1}, "nonsense: There is no such field. /api/docs/ lists those that there are."),
    ],
)
def test_a_mapping_that_can_t_be_is_refused_and_the_file_stays(
    api: APIClient, body: dict[str, Any], message: str
) -> None:
    row = upload(api, kind="accounts").json()["id"]
    answer = api.post(f"/api/imports/{row}/check/", body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert Import.objects.get().status == "uploaded"


def test_steps_in_another_state_are_refused(api: APIClient) -> None:
    row = upload(api, kind="accounts").json()["id"]
    for step in ("commit", "columns", "resume"):
        answer = api.post(f"/api/imports/{row}/{step}/")
        assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    reread = api.post(f"/api/imports/{row}/reread/", {"delimiter": ";"}).json()
    assert reread["header"] == ["Company,Site"]
    assert api.post(f"/api/imports/{row}/discard/").json()["status"] == "discarded"
    assert api.post(f"/api/imports/{row}/check/", {}).status_code == 409
    assert api.delete(f"/api/imports/{row}/").status_code == 405


def test_what_is_no_table_is_refused_and_nothing_is_kept(api: APIClient, settings: Any) -> None:
    answers = [
        upload(api, b""),
        upload(api, b"PK\x03\x04 a spreadsheet renamed"),
        upload(api, kind="colours"),
        api.post("/api/imports/", {}, format="multipart"),
        api.post("/api/imports/", {"file": "text"}, format="multipart"),
    ]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert all(set(answer.json()) == {"code", "message", "errors"} for answer in answers)
    assert api.post("/api/imports/", {"kind": "accounts"}).status_code == 415
    large = api.generic("POST", "/api/imports/", b"x", content_type="multipart/form-data; boundary=b",
                        CONTENT_LENGTH=str(600 * 1024 * 1024))  # fmt: skip
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert Import.objects.count() == 0
