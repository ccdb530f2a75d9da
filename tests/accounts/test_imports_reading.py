"""Files as they come: encodings, line ends, ragged rows, spreadsheets in disguise (accounts/imports/store.py, reading.py)."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports import limits, overlong, reading, results, store
from accounts.imports.fields import summary
from accounts.imports.reading import Broken, Position, Records
from accounts.imports.sniff import Refused
from accounts.models import Account, Import, ImportPiece
from tests.accounts.imports_help import checked, counts, imported, upload

TABLE = "Company name,Domain,City\nMüller AG,mueller.de,Zürich\nÅkers,akers.se,Malmö\n"


def names() -> list[tuple[str, str]]:
    return list(Account.objects.order_by("id").values_list("name", "city"))


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_common_encoding_is_recognised(encoding):
    owner = imported(TABLE.encode(encoding))

    assert counts(owner) == (2, 0, 0, 0)
    assert names() == [("Müller AG", "Zürich"), ("Åkers", "Malmö")]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_line_end_and_delimiter_is_recognised(end, delimiter):
    imported(TABLE.replace("\n", end).replace(",", delimiter))

    assert names() == [("Müller AG", "Zürich"), ("Åkers", "Malmö")]


@pytest.mark.django_db
def test_quoted_values_hold_delimiters_quotes_and_line_ends():
    imported('Name,Domain,City\r\n"Acme, ""the"" Co","acme.com","New\r\nYork"\r\n')

    assert names() == [('Acme, "the" Co', "New\nYork")]


@pytest.mark.django_db
def test_a_separator_line_and_a_reports_footer_are_no_rows():
    owner = checked('sep=;\nName;Domain\nAcme;acme.com\n\n"All accounts"\n"Copyright (c) 2000-2026 salesforce.com"\n')

    assert owner.header == ["Name", "Domain"]
    assert counts(owner) == (1, 0, 0, 0)


@pytest.mark.django_db
def test_ragged_rows_are_rejected_with_their_line():
    owner = checked(
        "Name,Domain,City\nAcme,acme.com\nBeta,beta.com,Bonn\nGamma,gamma.com,Rome,Italy\nDelta,d.com,Ulm,,\n"
    )

    assert counts(owner) == (2, 0, 0, 2)
    assert [row[-2:] for row in results.rejected_rows(owner)] == [
        [
            "2",
            "The row has 2 values, the header 3 columns: a delimiter inside a value needs quotation marks around the value",
        ],
        [
            "4",
            "The row has 4 values, the header 3 columns: a delimiter inside a value needs quotation marks around the value",
        ],
    ]


def workbook() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        # A fixed moment: the bytes are part of the test's name, which every process must call the same.
        archive.writestr(zipfile.ZipInfo("xl/workbook.xml"), "<workbook/>")
    return target.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (workbook(), "an Excel workbook \\(.xlsx\\).*CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel workbook"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "a web page"),
        (b'[{"name": "Acme"}]', "JSON"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"Name,Domain\n\x00\x01\x02\x00,x\n", "a binary file"),
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \n\n", "The file is empty"),
        (b"alpha,beta\n1,2\n", "None of the columns is recognised"),
    ],
)
def test_what_is_no_table_is_refused_with_a_line_that_helps(data, words):
    with pytest.raises(Refused, match=words):
        upload(data)

    assert Import.objects.count() == 0
    assert ImportPiece.objects.count() == 0


@pytest.mark.django_db
def test_a_file_over_the_bound_is_refused_and_leaves_nothing(monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 5_000)

    with pytest.raises(Refused, match="larger than 0 MB"):
        upload("Name,Domain\n" + "Acme,acme.com\n" * 1_000)

    assert Import.objects.count() == 0


@pytest.mark.django_db
def test_a_quotation_mark_that_never_closes_stops_the_file_at_its_line():
    owner = checked('Name,Domain\nAcme,acme.com\n"Beta,beta.com\nGamma,gamma.com\n')

    assert owner.status == "failed"
    assert owner.problem.startswith("Line 3: a quotation mark opens there and is never closed")
    assert Account.objects.count() == 0


@pytest.mark.django_db
def test_a_value_of_a_megabyte_rejects_its_row_alone():
    owner = checked('Name,Domain\nBig,"' + "x" * 1_000_000 + '"\nAcme,acme.com\n')

    assert counts(owner) == (1, 0, 0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cell",
    [
        "x" * 300_000,
        '"' + "so, she said, no; " * 15_000 + '"',
        '"' + "many lines, each of them short\n" * 10_000 + '"',
        "Größe" * 50_000,
    ],
    ids=["plain", "quoted", "of lines", "not ascii"],
)
def test_a_value_longer_than_a_line_may_be_rejects_its_row_alone(cell, monkeypatch):
    for module in (store, reading, overlong):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 100_000)
    monkeypatch.setattr(reading, "MAX_RECORD_LINES", 20_000)
    before, after = "Acme,acme.com,Ulm\n", "Beta,beta.com,Bonn\nGamma,gamma.com,Graz\n"
    owner = imported(f"Name,Domain,City\n{before}Big,{cell},Rom\n{after}")

    assert counts(owner) == (3, 0, 0, 1)
    assert names() == [("Acme", "Ulm"), ("Beta", "Bonn"), ("Gamma", "Graz")]
    assert owner.reasons == {overlong.REASON: 1}
    assert owner.size < 350_000
    (rejected,) = results.rejected_rows(owner)
    assert rejected[0].startswith("Big")
    assert "\x1f" not in "".join(rejected)


@pytest.mark.django_db
def test_a_file_of_one_endless_line_is_refused(monkeypatch):
    monkeypatch.setattr(store, "MAX_LINE_BYTES", 100_000)

    with pytest.raises(Refused, match="Is this a table"):
        upload("Name and more " * 50_000)


@given(st.text('a",\n', max_size=60), st.text('a",', max_size=60), st.text('a",\n', max_size=60))
def test_what_is_cut_out_of_a_line_leaves_the_rows_after_it_as_they_were(before, line, after):
    rest = f'x,y\n{after}\nthe,"last"\n'
    whole = list(csv.reader(io.StringIO(f"{before}{line}z,{rest}", newline="")))
    cut = list(csv.reader(io.StringIO(f"{before}{overlong.bare(line.encode()).decode()}z,{rest}", newline="")))
    apart = next((n for n, pair in enumerate(zip(whole, cut, strict=False)) if pair[0] != pair[1]), 0)

    assert whole[:apart] == cut[:apart]
    assert whole[apart + 1 :] == cut[apart + 1 :]


@pytest.mark.django_db
def test_long_rows_come_in_smaller_chunks(monkeypatch):
    monkeypatch.setattr(reading, "CHUNK_BYTES", 100)
    owner = imported("Name,Domain\n" + "".join(f"Company number {n},company{n}.com\n\n" for n in range(20)))

    assert (counts(owner), owner.rows, owner.chunks, Account.objects.count()) == ((20, 0, 0, 0), 20, 6, 20)


def test_a_reason_cut_off_within_a_value_counts_with_the_others():
    assert summary("Revenue “99999") == summary("Revenue “1”") == "Revenue …"


@pytest.mark.django_db
def test_bytes_of_another_encoding_and_nul_reject_their_row_alone():
    good = "".join(f"Müller {n},m{n}.de\n" for n in range(40)).encode()
    owner = checked(b"Name,Domain\n" + good + b"M\xfcller,m.de\n" + b"Nul\0l,nul.de\n")

    assert owner.options["encoding"] == "utf-8"
    assert counts(owner) == (40, 0, 0, 2)
    assert owner.reasons == {
        "Some bytes of the row are not in the file's encoding": 1,
        "The row holds a control character, which is no text": 1,
    }
    assert [row[-2] for row in results.rejected_rows(owner)] == ["42", "43"]


def test_reading_goes_on_from_the_position_after_any_record():
    text = b'a,b\n1,"x\ny"\n\n2,z\r\n3,"""q"""\n4,last'
    pieces = [(0, text[:13]), (1, text[13:])]

    def records(at: Position) -> Records:
        return Records([(n, data) for n, data in pieces if n >= at.piece], start=at, encoding="utf-8", delimiter=",")

    whole = records(Position()).take(100)
    one_by_one, at = [], Position()
    while found := (reader := records(at)).take(1):
        one_by_one += found
        at = reader.position

    assert whole == [(1, ["a", "b"]), (2, ["1", "x\ny"]), (5, ["2", "z"]), (6, ["3", '"q"']), (7, ["4", "last"])]
    assert one_by_one == whole


def test_a_runaway_quotation_mark_is_found_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr("accounts.imports.reading.MAX_RECORD_LINES", 10)
    lines = b'x,"open\n' + b"y\n" * 100

    with pytest.raises(Broken, match="Line 1"):
        Records([(0, lines)], start=Position(), encoding="utf-8", delimiter=",").take(5)


@pytest.mark.django_db
def test_pieces_end_at_line_ends(monkeypatch):
    monkeypatch.setattr(store, "PIECE_BYTES", 64)
    text = "Name,Domain\n" + "".join(f"Company {n},company{n}.com\n" for n in range(50))

    owner = upload(text)
    pieces = [
        bytes(data)
        for data in ImportPiece.objects.filter(owner=owner).order_by("number").values_list("data", flat=True)
    ]

    assert b"".join(pieces) == text.encode()
    assert len(pieces) > 10
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert limits.PIECE_BYTES == 256 * 1024
