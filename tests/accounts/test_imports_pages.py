"""The pages of imports: who may, from upload to result without JavaScript, bounds (promises X1, X4)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Account, Import, User
from tests.accounts.imports_help import checked, imported, upload, work

pytestmark = pytest.mark.django_db

TABLE = b"Company name,Domain,Employees\nAcme,acme.com,10\nBeta,beta.de,many\n"


def user(role: str) -> User:
    return User.objects.create_user(f"{role}@desk.test", name=role, role=role)


@pytest.fixture
def ops(client: Client) -> Client:
    client.force_login(user("marketing_ops"))
    return client


def send(client: Client, data: bytes = TABLE, **fields: str):
    return client.post("/data/imports/", {"file": SimpleUploadedFile("crm.csv", data), **fields})


def test_from_upload_to_result(ops):
    answer = send(ops)
    owner = Import.objects.get()
    url = f"/data/imports/{owner.pk}/"
    assert answer.headers["Location"] == url
    page = ops.get(url).content.decode()
    assert '<option value="domain" selected>Domain</option>' in page
    assert "Acme · Beta" in page

    said = {"column-0": "name", "column-1": "domain", "column-2": "employees", "decimal": ".", "date_order": "mdy"}
    assert ops.post(f"{url}check/", {**said, "currency": "EUR"}).headers["Location"] == url
    assert f'hx-get="{url}progress/"' in ops.get(url).content.decode()
    assert ops.get(f"{url}progress/").status_code == 200
    work()
    assert ops.get(f"{url}progress/").headers["HX-Redirect"] == url

    page = ops.get(url).content.decode()
    assert "Import 1 row" in page
    assert "Employees “many” is not a number" in page
    assert Account.objects.count() == 0
    assert ops.post(f"{url}commit/").headers["Location"] == url
    work()
    page = ops.get(url).content.decode()
    assert "What was done" in page
    assert Account.objects.get().name == "Acme"
    assert "crm.csv" in ops.get("/data/imports/").content.decode()


def test_a_spreadsheet_is_refused_on_the_page(ops):
    answer = send(ops, b"PK\x03\x04" + bytes(400))

    assert answer.status_code == 422
    assert "an Excel workbook (.xlsx)" in answer.content.decode()
    assert Import.objects.count() == 0


def test_columns_that_cannot_be_are_said_with_what_was_chosen_kept(ops):
    send(ops)
    owner = Import.objects.get()

    answer = ops.post(f"/data/imports/{owner.pk}/check/", {"column-0": "name", "column-1": "name"})

    assert answer.status_code == 422
    assert "Two columns can&#x27;t be the same field" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.status == "uploaded"


def test_the_file_is_read_again_with_another_delimiter(ops):
    send(ops, b"Company name;Domain\nAcme;acme.com\n", kind="accounts")
    owner = Import.objects.get()
    assert owner.header == ["Company name", "Domain"]

    ops.post(f"/data/imports/{owner.pk}/check/", {"reread": "1", "encoding": "cp1252", "delimiter": ","})

    owner.refresh_from_db()
    assert (owner.header, owner.options["encoding"], owner.status) == (["Company name;Domain"], "cp1252", "uploaded")


def test_an_upload_over_the_bound_is_refused_before_it_is_read(ops, monkeypatch):
    monkeypatch.setattr("accounts.views.imports.MAX_BYTES", 100)
    monkeypatch.setattr("accounts.views.imports._FORM_BYTES", 0)

    answer = send(ops, TABLE * 10)

    assert answer.status_code == 413
    assert Import.objects.count() == 0


def test_an_upload_needs_the_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(user("admin"))

    assert send(client).status_code == 403
    assert Import.objects.count() == 0


@pytest.mark.parametrize("role", ["sdr", "ae", "manager"])
def test_who_may_not_import_sees_and_changes_nothing(client, role):
    owner = checked(TABLE)
    client.force_login(user(role))
    url = f"/data/imports/{owner.pk}/"

    assert client.get("/data/imports/").status_code == 403
    assert send(client).status_code == 403
    for path in ("", "progress/", "rejected.csv"):
        assert client.get(url + path).status_code == 403
    for action in ("check", "commit", "columns", "resume", "discard"):
        assert client.post(f"{url}{action}/").status_code == 403

    owner.refresh_from_db()
    assert (Import.objects.count(), owner.status, Account.objects.count()) == (1, "checked", 0)


def test_nobody_is_sent_to_sign_in(client):
    assert client.get("/data/imports/").status_code == 302
    assert send(client).status_code == 302
    assert Import.objects.count() == 0


def test_a_done_import_cannot_be_discarded(ops):
    owner = imported(TABLE)

    answer = ops.post(f"/data/imports/{owner.pk}/discard/")

    assert answer.status_code == 409
    assert Account.objects.count() == 1


def test_the_same_file_again_says_so(ops):
    imported(TABLE)
    owner = upload(TABLE)

    assert "Exactly this file was imported" in ops.get(f"/data/imports/{owner.pk}/").content.decode()


def test_what_a_cell_says_is_shown_as_text(ops):
    owner = upload(b"Company name,Domain\n<script>alert(1)</script>,acme.com\n")

    page = ops.get(f"/data/imports/{owner.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_bytes_that_an_encoding_does_not_have_are_shown_as_such_and_another_can_be_chosen(ops):
    send(ops, "Account Name,Website,業種\n株式会社アクメ,acme.jp,製造\n".encode("shift_jis"))
    owner = Import.objects.get()
    url = f"/data/imports/{owner.pk}/"

    page = ops.get(url).content.decode()
    assert "Some characters can't be read in this encoding" in page
    ops.post(f"{url}check/", {"reread": "1", "encoding": "shift_jis", "delimiter": ",", "kind": "accounts"})

    page = ops.get(url).content.decode()
    assert "Some characters" not in page
    assert "株式会社アクメ" in page
    owner.refresh_from_db()
    assert owner.header == ["Account Name", "Website", "業種"]


def test_a_file_is_read_as_of_another_kind(ops):
    send(ops, b"First Name,Email,Join Time\nJo,jo@acme.com,2026-11-20 10:00\n")
    owner = Import.objects.get()
    assert owner.kind == "contacts"

    said = {"reread": "1", "encoding": "utf-8", "delimiter": ",", "kind": "touches"}
    ops.post(f"/data/imports/{owner.pk}/check/", said)

    owner.refresh_from_db()
    assert (owner.kind, owner.mapping) == ("touches", {"email": {"column": 1}, "occurred_at": {"column": 2}})
    assert ops.post(f"/data/imports/{owner.pk}/check/", said | {"kind": "nothing"}).status_code == 422
