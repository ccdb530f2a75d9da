"""Intent from files: Bombora Company Surge, G2 buyer intent, and others like them (domain.md §2, §8).

One row is one observation of a topic at a company on a day. Signals are append-only: another score for the same observation
is another signal, and the last received counts. A company that is not here yet waits under its domain.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from accounts.imports import bulk
from accounts.imports.fields import DAY, NUMBER, Field, Row
from accounts.imports.fields import squeeze as squeeze_header
from accounts.imports.links import account_of, link_fields, look_up, names_account
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.imports.values import Inexact, Unreadable
from accounts.locks import domain_key, hold_links
from accounts.models import Domain
from signals import imports_wide as wide
from signals.actions import request_rescore, request_rescore_of_all
from signals.facts import is_intent_connected
from signals.models import IntentSignal
from signals.publishing import active_model, config_of
from signals.topics import known_topics

LEVELS = {
    "low": 30, "weak": 30, "medium": 60, "moderate": 60, "mid": 60, "high": 90, "strong": 90, "very high": 90,
    "1": 30, "2": 60, "3": 90,
}  # fmt: skip
_KINDS = (
    ("compar", "competitor"), ("competitor", "competitor"), ("alternative", "competitor"), ("versus", "competitor"),
    ("categor", "category"), ("keyword", "keyword"), ("search", "keyword"), ("surge", "topic_surge"), ("topic", "topic_surge"),
)  # fmt: skip
_TOPIC_MISSING = (
    "Where each topic has a column of its own, say of each of them that it is “Score of the topic in the name”."
)
_BOMBORA = {
    "compositescore",
    "averagecompositescore",
    "topic1",
    "bomborascore",
    "topicid",
    "surgescore",
    "companysurgescore",
    "topicname",
}
_G2 = {"buyingstage", "activitylevel", "signaltype", "contexttype", "g2buyerintent", "buyerintentscore"}
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_. ]?(\d\d)[-_. ]?(\d\d)(?!\d)")
_LATEST = """
SELECT DISTINCT ON (w.n) w.n, s.composite
FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[])
    AS w(n, domain, account_id, topic, provider, kind, observed_on)
JOIN signals_intenttopic t ON t.name = w.topic
JOIN signals_intentsignal s ON s.topic_id = t.id AND s.provider = w.provider AND s.kind = w.kind
    AND s.observed_on = w.observed_on AND (s.account_id = w.account_id OR (s.account_id IS NULL AND s.domain = w.domain))
ORDER BY w.n, s.received_at DESC, s.id DESC"""


class IntentImporter:
    """Research of companies beyond our own channels."""

    kind = "intent"
    label = "Intent"
    help = "Signals: Bombora Company Surge, G2 buyer intent, or any file with a domain, a topic and a score."
    telling = frozenset(
        {"compositescore", "averagecompositescore", "companysurgescore", "surgescore", "topicname", "topicid", "surgetopic",
         "intenttopic", "intentscore", "buyerintentscore", "topicscore", "topic1", "buyingstage", "contexttype",
         "companysurge", "bombora", "g2buyerintent"}
    )  # fmt: skip

    def fields(self) -> Sequence[Field]:
        """What was observed, of whom, when, how strongly."""
        return [
            Field(key="topic", label="Topic", limit=160, required=True, constant=True, missing=_TOPIC_MISSING,
                  instead=(wide.SCORES, wide.TOPICS), aliases=(
                "Topic Name", "Surge Topic", "Intent Topic", "Category", "Category Name", "Category Names",
                "Categories", "Product", "Product Name", "Product Names", "Keyword", "Keywords")),
            Field(key="composite", label="Composite score (0 to 100)", type=NUMBER, aliases=(
                "Composite", "Composite Score", "Company Surge Score", "Surge Score", "Topic Score", "Intent Score", "Score",
                "Buyer Intent Score", "CompanySurge Score", "Average Composite Score", "6sense Intent Score")),
            Field(key="level", label="Level", convert=level, constant=True, help="Low 30, medium 60, high 90.", aliases=(
                "Activity Level", "Intent Level", "Signal Strength", "Strength", "Intensity"),
                choices=(("low", "Low"), ("medium", "Medium"), ("high", "High"))),
            Field(key="observed_on", label="Observed on", type=DAY, required=True, constant=True, aliases=(
                "Date", "Signal Date", "Week Ending", "Week", "Surge Date", "Report Date", "Last Seen", "Last Activity",
                "Visit Date", "Visited At", "Visited On", "Day",
                "Activity Date", "Latest Activity", "Timestamp", "Time", "Date Stamp", "Last Seen Date",
                "Week of", "As of Date", "Report Week", "Intent Date", "IntentDateTime", "First Seen", "Surge Week",
                "Score Date", "Data Date", "Run Date", "6sense Account Update Date"),
                guess=day_in_name, help="For files of one week: its last day."),
            Field(key="metro", label="Metro area", detail=True, aliases=("Metro", "Metro Name", "Metropolitan Area"),
                  help="Further metros of a company and topic are skipped: their composite score is the same."),
            Field(key="kind", label="Kind", convert=kind, constant=True, aliases=(
                "Signal Type", "Signal", "Intent Type", "Activity", "Activity Type", "Event Type", "Tag"), choices=tuple(
                    (str(value), str(label)) for value, label in IntentSignal.Kind.choices)),
            Field(key="provider", label="Provider", limit=60, required=True, constant=True, aliases=(
                "Source", "Intent Provider", "Data Source"), guess=provider),
            *link_fields(),
            Field(key=wide.SCORES, label="Score of the topic in the name", type=NUMBER, spot=wide.score_columns,
                  unless=("topic", "composite", "level")),
            Field(key=wide.TOPICS, label="Topic, one of several", limit=160, spot=wide.topic_columns, unless=("topic",)),
            Field(key=wide.TOPIC_SCORES, label="Score of one of several topics", type=NUMBER, spot=wide.topic_score_columns,
                  unless=("topic",)),
        ]  # fmt: skip

    def parts(self, row: Row) -> list[Row]:
        """A row for each topic, where topics stand side by side."""
        return wide.parts(row)

    def keys(self, row: Row) -> Iterable[str]:
        """Who, what, by whom, how and when."""
        said = row.values
        if not names_account(row):
            raise Unreadable("A signal needs the company's domain, an id, or its name")
        if "composite" not in said and "level" not in said:
            raise Unreadable("A signal needs a score or a level")
        if "composite" in said and not 0 <= said["composite"] <= 100:
            raise Unreadable(f"Composite score “{said['composite']:g}” is not between 0 and 100")
        who = (
            said.get("account_domain") or said.get("salesforce_id") or said.get("hubspot_id") or said.get("external_id")
        )
        who = who or said.get("account_name", "").casefold() or said.get("group_id")
        what = (
            said["topic"].casefold(),
            said["provider"].casefold(),
            said.get("kind", ""),
            said["observed_on"].isoformat(),
        )
        return ["|".join((str(who), *what))]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """New observations, those with another score, and those that are known."""
        accounts = look_up(rows)
        owners = [account_of(row, accounts) for row in rows]
        domains = _primary_domains(
            {owner for owner, row in zip(owners, rows, strict=True) if owner and "account_domain" not in row.values}
        )
        outcomes = []
        for row, owner in zip(rows, owners, strict=True):
            row.values["#account"] = owner
            row.values["#domain"] = row.values.get("account_domain") or domains.get(owner or 0, "")
            outcomes.append(_outcome(row, task))
        known = _latest(outcomes)
        for number, one in enumerate(outcomes):
            if one.verdict == REJECTED:
                continue
            before, after = known.get(number), score(one.row)
            if before is None:
                one.verdict = NEW
            elif before != after:
                one.verdict = CHANGED
                one.changes = [("Composite score", f"{before:g}", f"{after:g}")]
        return outcomes

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Append what is new or scored otherwise."""
        known_topics({row.values["topic"] for row in rows})
        hold_links(waiting={domain_key(row.values["account_domain"]) for row in rows if "account_domain" in row.values})
        outcomes = self.plan(rows, task)
        taken = [one.row for one in outcomes if one.verdict in {NEW, CHANGED}]
        topics = known_topics({row.values["topic"] for row in taken})
        wakes = bool(taken) and not is_intent_connected(config_of(active_model()), task.at)
        bulk.copy(
            IntentSignal,
            (
                {
                    "account_id": row.values["#account"],
                    "domain": row.values["#domain"],
                    "topic_id": topics[row.values["topic"]],
                    "provider": row.values["provider"],
                    "kind": kind_of(row),
                    "composite": score(row),
                    "observed_on": row.values["observed_on"],
                    "received_at": task.at,
                    "raw": bulk.dumps({"file": task.file_name, "line": row.line}),
                }
                for row in taken
            ),
        )
        if wakes:
            # From a first delivery on, intent weighs in everybody's score (domain.md §3).
            request_rescore_of_all(reason="intent")
        else:
            request_rescore(
                account_ids={row.values["#account"] for row in taken if row.values["#account"]}, reason="intent"
            )
        return outcomes


def level(cell: str) -> int:
    """The composite of a level, as providers without one name it."""
    found = LEVELS.get(cell.casefold())
    if found is None:
        raise Unreadable(f"“{cell}” is not low, medium or high")
    return found


def kind(cell: str) -> str:
    """What the provider saw, by a word in its name."""
    low = cell.casefold()
    found = next((name for word, name in _KINDS if word in low), None)
    if found is None:
        raise Inexact(f"“{cell}” is none of the known kinds")
    return found


def provider(header: Sequence[str], file_name: str) -> str:
    """The provider whose files have such columns, or such a name."""
    names = {squeeze_header(name) for name in header}
    called = file_name.casefold()
    if names & _BOMBORA or "bombora" in called or "surge" in called or any("compositescore" in name for name in names):
        return "bombora"
    if any(name.startswith("6sense") for name in names):
        return "6sense"
    return "g2" if names & _G2 or re.search(r"(?<![a-z0-9])g2(?![a-z0-9])", called) else ""


def day_in_name(header: Sequence[str], file_name: str) -> str:  # noqa: ARG001 - as `guess` has it
    """The day in the name of a file, as weekly files carry it ("Company Surge 2026-11-15.csv"); "" without one."""
    for said in _DAY.finditer(file_name):
        try:
            return date(int(said[1]), int(said[2]), int(said[3])).isoformat()
        except ValueError:
            continue
    return ""


def score(row: Row) -> float:
    """The composite: as given, else by the level."""
    return float(row.values.get("composite", row.values.get("level", 0)))


def kind_of(row: Row) -> str:
    """The kind: as given, else a topic surge."""
    return str(row.values.get("kind") or IntentSignal.Kind.TOPIC_SURGE)


def _outcome(row: Row, task: Task) -> Outcome:
    said = row.values
    one = Outcome(row, title=f"{said.get('account_name') or said['#domain']}: {said['topic']}")
    if said["observed_on"] > (task.at + timedelta(days=1)).date():
        one.verdict, one.reason = REJECTED, f"Observed on “{said['observed_on']}”: that is to come"
    elif said["#account"] is None and not said["#domain"]:
        one.verdict, one.reason = (
            REJECTED,
            "No account here is the one named, and without a domain it can't wait for one",
        )
    elif said["#account"] is None:
        one.notes.append("No account yet: the signal waits for it")
    return one


def _latest(outcomes: Sequence[Outcome]) -> dict[int, float]:
    """The composite that is known of the same observation, by the number of the outcome."""
    wanted: list[tuple[Any, ...]] = [
        (
            number,
            one.row.values["#domain"],
            one.row.values["#account"],
            one.row.values["topic"],
            one.row.values["provider"],
            kind_of(one.row),
            one.row.values["observed_on"],
        )
        for number, one in enumerate(outcomes)
    ]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [list(column) for column in zip(*wanted, strict=True)])
        return dict(cursor.fetchall())


def _primary_domains(accounts: set[int]) -> dict[int, str]:
    if not accounts:
        return {}
    found = Domain.objects.filter(account__in=bulk.among(accounts), is_primary=True)
    return dict(found.values_list("account_id", "name"))
