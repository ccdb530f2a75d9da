"""Intent with topics side by side (signals/imports_wide.py)."""

from datetime import date

import pytest

from accounts.companies import create_account
from accounts.imports import actions, results
from accounts.imports.fields import Row, columns_of
from accounts.imports.values import Unreadable
from signals import imports_wide as wide
from signals.models import IntentSignal
from tests.accounts.imports_help import counts, imported, upload, work


def signals() -> list[tuple]:
    return list(
        IntentSignal.objects.order_by("id").values_list("domain", "topic__name", "provider", "composite", "observed_on")
    )


@pytest.mark.parametrize(
    ("column", "topic"),
    [
        ("Cloud Security", "Cloud Security"),
        ("Cloud Security Composite Score", "Cloud Security"),
        ("Cloud Security - Score", "Cloud Security"),
        ("Composite Score: Cloud Security", "Cloud Security"),
        ("Cloud Security (Surge Score)", "Cloud Security"),
        ("Scorecards", "Scorecards"),
        ("artificial intelligence (ai)", "artificial intelligence (ai)"),
    ],
)
def test_a_topic_is_what_its_column_is_called_but_for_the_word_score(column, topic):
    assert wide.topic_of(column) == topic


@pytest.mark.parametrize(
    ("columns", "taken"),
    [
        ({"Industry": ["Software"], "Zero Trust": ["78", ""], "iPaaS": ["", "60.5"]}, ["Zero Trust", "iPaaS"]),
        ({"Topic Count": ["3"], "ETL": ["78"], "AI (ml)": ["60"], "Zip Code": ["99"]}, ["ETL", "AI (ml)"]),
        ({"ETL": ["78"], "Industry": ["Software"]}, []),
        ({"ETL": ["78"], "Empty": [""], "Out of range": ["171"], "iPaaS": ["60"], "Last": [""]},
         ["ETL", "Empty", "Out of range", "iPaaS"]),
        ({"ETL Score": ["78"], "ETL Score Delta": ["4"], "Metro Composite Score": ["66"], "Age": ["9"]}, ["ETL Score"]),
        ({"Revenue Operations": ["78"], "Revenue": ["9"], "Growth": ["60"], "Sizing": ["1"]}, ["Revenue Operations", "Sizing"]),
        ({"Notes": ["call"], "Visits": ["1200"]}, []),
    ],
)  # fmt: skip
def test_columns_of_scores_are_told_from_other_numbers(columns, taken):
    names = list(columns)

    found = wide.score_columns(dict(enumerate(names)), list(columns.values()))

    assert [names[at] for at in found] == taken


def test_numbered_topics_go_with_the_score_of_their_number():
    row = Row(2, [], {
        "account_domain": "acme.com",
        wide.TOPICS: (("Topic 2", "iPaaS"), ("Topic 1", "ETL"), ("Topic 3", None)),
        wide.TOPIC_SCORES: (("Topic 1 Score", 78.0), ("Topic 2 Score", 66.0), ("Topic 3 Score", None)),
    })  # fmt: skip

    assert [part.values for part in wide.parts(row)] == [
        {"account_domain": "acme.com", "topic": "iPaaS", "composite": 66.0},
        {"account_domain": "acme.com", "topic": "ETL", "composite": 78.0},
    ]


def test_a_numbered_topic_without_a_score_and_a_score_over_100_are_said():
    with pytest.raises(Unreadable, match="“Topic 1” has no score"):
        wide.parts(Row(2, [], {wide.TOPICS: (("Topic 1", "ETL"),), wide.TOPIC_SCORES: (("Topic 1 Score", None),)}))
    with pytest.raises(Unreadable, match="“171” of “iPaaS” is not between 0 and 100"):
        wide.parts(Row(2, [], {wide.SCORES: (("iPaaS", 171.0),)}))


WIDE = """Company Name,Domain,Industry,Company Size,HQ Country,Topic Count,Cloud Security,Data Integration,iPaaS,ETL Tools
Acme,acme.com,Software,Large,US,3,78,65,,60
Beta,beta.de,Retail,Small,DE,1,,,71,
None,none.com,Retail,Small,DE,0,,,,
Bad,bad.com,Retail,Small,DE,2,70,,171,
"""


@pytest.mark.django_db
def test_a_column_a_topic_makes_a_signal_of_each_score():
    create_account(name="Acme", domain="acme.com")
    owner = upload(WIDE, name="Company Surge 2026-11-15.csv")
    assert owner.kind == "intent"
    assert [owner.header[at] for at in columns_of(owner.mapping["topic_scores"])] == [
        "Cloud Security", "Data Integration", "iPaaS", "ETL Tools",
    ]  # fmt: skip
    actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
    work()
    owner.refresh_from_db()

    assert (counts(owner), owner.rows) == ((4, 0, 0, 1), 4)
    assert owner.skipped == {"A row with nothing in the columns that count": {"count": 1, "lines": [[4, ""]]}}
    assert [row[:2] + row[-2:] for row in results.rejected_rows(owner)] == [
        ["Bad", "bad.com", "5", "Composite score “171” of “iPaaS” is not between 0 and 100"]
    ]

    actions.start_commit(owner=owner, by=None)
    work()
    day = date(2026, 11, 15)
    assert signals() == [
        ("acme.com", "Cloud Security", "bombora", 78.0, day),
        ("acme.com", "Data Integration", "bombora", 65.0, day),
        ("acme.com", "ETL Tools", "bombora", 60.0, day),
        ("beta.de", "iPaaS", "bombora", 71.0, day),
    ]


@pytest.mark.django_db
def test_the_same_wide_file_again_changes_nothing_and_another_score_is_another_signal(monkeypatch):
    monkeypatch.setattr("accounts.imports.worker.CHUNK_ROWS", 8)  # two rows of four topics
    values = {"observed_on": "2026-11-15", "provider": "bombora"}
    imported(WIDE, kind="intent", values=values)

    again = imported(WIDE, kind="intent", values=values)
    assert (counts(again), again.chunks) == ((0, 0, 4, 1), 2)
    assert len(signals()) == 4
    other = imported(WIDE.replace("65", "66"), kind="intent", values=values)
    assert counts(other) == (0, 1, 3, 1)
    assert signals()[-1][1:4] == ("Data Integration", "bombora", 66.0)


@pytest.mark.django_db
def test_further_metros_of_a_company_and_topic_are_skipped():
    owner = imported(
        "Company Name,Domain,Topic Name,Composite Score,Metro Area,Metro Composite Score,Date\n"
        "Acme,acme.com,ETL,78,Boston,81,2026-11-15\nAcme,acme.com,ETL,78,Austin,66,2026-11-15\n"
        "Acme,acme.com,iPaaS,61,Boston,70,2026-11-15\n"
    )

    assert counts(owner) == (2, 0, 0, 0)
    assert owner.skipped == {"More detail about what line … says": {"count": 1, "lines": [[3, ""]]}}
    assert list(results.rejected_rows(owner)) == []
    assert [(topic, score) for _, topic, _, score, _ in signals()] == [("ETL", 78.0), ("iPaaS", 61.0)]


@pytest.mark.django_db
def test_where_a_level_is_said_no_number_is_taken_for_a_score():
    owner = upload(
        "Company Name,Website,Activity Level,Buying Stage,Signals,Reviews,Last Seen\n"
        "Acme,acme.com,Very High,Evaluation,12,3,2026-11-18\n"
    )

    assert owner.kind == "intent"
    assert owner.mapping.keys() == {"account_name", "account_domain", "level", "observed_on", "provider"}


@pytest.mark.django_db
def test_numbers_of_accounts_are_not_taken_for_topics():
    table = "Name,Website,Last Activity,Health Score,NPS,Usage,Adoption\nAcme,acme.com,2026-11-01,80,50,33,12\n"

    assert upload(table).kind == "accounts"


@pytest.mark.django_db
def test_columns_of_topics_can_be_said_by_hand(client, django_user_model):
    owner = upload("Who,A topic,Another\nacme.com,70,5\n", kind="intent")
    client.force_login(django_user_model.objects.create_user("ops@desk.test", name="O", role="marketing_ops"))

    said = {"column-0": "account_domain", "column-1": "topic_scores", "column-2": "topic_scores",
            "value-provider": "6sense", "value-observed_on": "2026-11-15", "currency": "EUR"}  # fmt: skip
    assert client.post(f"/data/imports/{owner.pk}/check/", said).status_code == 302
    work()

    assert "Import 2 signals" in client.get(f"/data/imports/{owner.pk}/").content.decode()
    twice = upload("Who,A topic,Another\nacme.com,70,5\n", kind="intent")
    answer = client.post(f"/data/imports/{twice.pk}/check/", said | {"column-1": "level", "column-2": "level"})
    assert answer.status_code == 422
    assert "Two columns can&#x27;t be the same field: “Level”" in answer.content.decode()
