"""The one statement that reads the facts of centers (signals/facts.py makes frames of its rows).

One statement is one snapshot: touches and people of two different moments never meet in a decision. Rows other than
touches have one shape, `COLUMNS`, say by `k` what they are, and travel as a few long texts; touches, of which there are fifty
times as many, travel as runs of numbers (signals/touches_sql.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signals.touches_sql import NUMBERS, UNTIL, Touches, ids, moment, packed

CENTER, CONTACT, TOUCH_TYPE, TECHNOLOGY, INTENT, FLAGS, ACCOUNT_FACT, CONTACT_FACT = range(8)
COLUMNS = ("k", "a", "i1", "i2", "i3", "i4", "f1", "f2", "t", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")

_CENTERS = """
SELECT {k}::int AS k, c.account_id AS a, c.id AS i1, c.is_default::int::bigint AS i2, a.employees::bigint AS i3,
    a.locations::bigint AS i4, a.annual_revenue::float8 AS f1, a.revenue_growth AS f2, NULL::bigint AS t,
    a.industry::text AS s1, a.country::text AS s2, a.region::text AS s3, a.tier::text AS s4,
    concat_ws('|', a.lifecycle, coalesce(a.customer_since::text, ''), coalesce(a.customer_until::text, '')) AS s5,
    a.is_target::int::text AS s6, {custom} AS s7, NULL::text AS s8
FROM accounts_buyingcenter c JOIN accounts_account a ON a.id = c.account_id AND {present} WHERE {centers}"""

_CONTACTS = """
SELECT {k}, p.account_id, p.id, p.center_id, p.persona_id, p.excluded_from_scoring::int, NULL, NULL, NULL,
    p.seniority, p.department, p.mql_external_from::text, p.mql_external_until::text,
    (p.erased_at IS NOT NULL)::int::text, NULL, NULL, NULL
FROM accounts_contact p WHERE {people}"""

_TOUCH_TYPES = """
SELECT {k}, NULL, y.id, NULL, NULL, NULL, NULL, NULL, NULL, y.key, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM signals_touchtype y"""

_TECHNOLOGIES = """
SELECT {k}, x.account_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.name, x.status, NULL, NULL, NULL, NULL, NULL, NULL
FROM accounts_accounttechnology x JOIN accounts_technology n ON n.id = x.technology_id WHERE {technologies}"""

_INTENT = """
SELECT {k}, s.account_id, s.id, NULL, o.theme_id, NULL, s.composite, NULL,
    (date_part('epoch', s.received_at) * 1000000)::bigint, o.name, s.provider, s.kind, s.observed_on::text,
    NULL, NULL, NULL, NULL
FROM {signals} s JOIN {topics} o ON o.id = s.topic_id WHERE {intent}"""

# What a topic was about then: what the first reading that ended since says, else what it is about now.
_TOPICS_THEN = """(
    SELECT o.id, o.name, CASE WHEN p.id IS NULL THEN o.theme_id ELSE p.theme_id END AS theme_id
    FROM signals_intenttopic o LEFT JOIN LATERAL (
        SELECT p.id, p.theme_id FROM signals_pasttopictheme p WHERE p.topic_id = o.id AND p.known_until > {as_of}
        ORDER BY p.known_until, p.id LIMIT 1) p ON true)"""

# Whose a signal was then: it may have found its account later, or have come to it by a merge.
_SIGNALS_THEN = """(
    SELECT id, account_id, topic_id, provider, kind, composite, observed_on, received_at FROM signals_intentsignal
    WHERE {accounts} AND (known_from IS NULL OR known_from <= {as_of})
    UNION ALL SELECT i.id, p.account_id, i.topic_id, i.provider, i.kind, i.composite, i.observed_on, i.received_at
    FROM signals_pastmatch p JOIN signals_intentsignal i ON i.id = p.signal_id
    WHERE p.{accounts} AND (p.known_from IS NULL OR p.known_from <= {as_of}) AND p.known_until > {as_of})"""

_FLAGS = """
SELECT {k}, NULL, (EXISTS (SELECT FROM signals_intentsignal WHERE {delivered}))::int,
    (EXISTS (SELECT FROM signals_theme WHERE {themes}))::int, NULL, NULL, NULL, NULL, {newest},
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"""

# Of each field the latest value known by then; i1 is 0 where a value is known only of later.
_ACCOUNT_FACTS = """
SELECT {k}, f.account_id, f.known, NULL, NULL, NULL, NULL, NULL, NULL, f.field, f.value, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT DISTINCT ON (account_id, field) account_id, field, value::text, (known_from <= {as_of})::int AS known
    FROM accounts_accountfact WHERE {accounts}
    ORDER BY account_id, field, (known_from <= {as_of}) DESC, known_from DESC, id DESC) f"""

_CONTACT_FACTS = """
SELECT {k}, f.contact_id, f.known, NULL, NULL, NULL, NULL, NULL, NULL, f.field, f.value, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT DISTINCT ON (contact_id, field) contact_id, field, value::text, (known_from <= {as_of})::int AS known
    FROM accounts_contactfact WHERE contact_id IN (SELECT p.id FROM accounts_contact p WHERE {people})
    ORDER BY contact_id, field, (known_from <= {as_of}) DESC, known_from DESC, id DESC) f"""

# Rows travel as a few long texts and not one by one, which costs the client a fortieth. These two never are in a text.
FIELD_END, ROW_END = "\x1f", "\x1e"
_PACKED = "concat_ws(E'\\x1f', {})".format(
    ", ".join(
        f"coalesce(translate({name}, E'\\x1e\\x1f', ''), '')" if name[0] == "s" else f"coalesce({name}::text, '')"
        for name in COLUMNS
    )
)

_SCOPE = "(SELECT ids FROM scope)::bigint[]"
# Of touches as they are read now, when that was learned does not matter.
_NOW = tuple(name for name in NUMBERS if name != "known")
HISTORY = (*NUMBERS, UNTIL)
_PACK = (
    f"SELECT string_agg({_PACKED}, E'\\x1e'), {{nothing}} FROM ({{rows}}) q {{rows_by}} "  # noqa: S608
    "UNION ALL SELECT NULL, {sent} FROM t"
)

# As an array, so that an index finds them: an OR over the two would read every contact there is.
_PEOPLE = """
SELECT array_agg(id) AS ids FROM (
    SELECT id FROM accounts_contact WHERE account_id = ANY((SELECT ids FROM scope)::bigint[])
    UNION SELECT unnest(contacts) FROM run {then}) u"""

# Of an account that was merged since, the people are at the other one now.
_PEOPLE_THEN = """
    UNION SELECT c.id FROM accounts_contact c JOIN accounts_account a ON a.merged_into_id = c.account_id
        WHERE a.id = ANY((SELECT ids FROM scope)::bigint[])"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to read. `occurred_until` and `received_until` bound touches and signals; `past` goes by what was known at
    `known_at`, else by what is known. `touch_ids` (replay): exactly these touches, as they were read at `known_at`.
    `profiles`: of accounts only what fit goes by, nothing of people, touches and intent. `met`: the touches are known from
    elsewhere (`history`), and these are the people they are of. `kept`: months of which a run is kept are read from it; whole,
    so of a past moment with what was learned later.
    """

    center_ids: Sequence[int] | None
    known_at: datetime
    occurred_until: datetime
    touches_from: datetime
    intent_from: datetime
    delivered_from: datetime
    received_until: datetime
    past: bool
    touch_ids: Sequence[int] | None
    custom: bool
    technologies: bool
    profiles: bool = False
    met: Sequence[int] | None = None
    kept: bool = False

    @property
    def numbers(self) -> Sequence[str]:
        """What is sent of each touch."""
        return tuple(NUMBERS) if self.past else _NOW


def history(*, center_ids: Sequence[int], first: datetime, last: datetime) -> str:
    """The statement for all readings there ever were of the touches that took place between two moments: a row of what is kept,
    nothing as its `until`, and a row of what is not. The kept ones are whole months.
    """
    scope = f"SELECT array_agg(DISTINCT account_id) AS ids FROM accounts_buyingcenter WHERE id = ANY({ids(center_ids)})"  # noqa: S608
    touches = Touches(scope=_SCOPE, first=first, last=last, ever=True)
    sent = ", ".join(f"{value} AS {name}" for name, value in packed(HISTORY).items())
    return (
        f"WITH scope AS MATERIALIZED ({scope}), not_kept AS MATERIALIZED ({touches.not_kept(learned_by=last)}) "  # noqa: S608
        f"SELECT {sent} FROM ({touches.kept(HISTORY)}) k UNION ALL SELECT {sent} FROM ({touches.fresh_of_months(HISTORY)}) f"
    )


def statement(wanted: Wanted) -> str:
    """The statement for these facts. Only numbers and moments come from outside, and are written as such."""
    as_of = moment(wanted.known_at)
    everything = wanted.center_ids is None
    accounts = "true" if everything else "account_id = ANY((SELECT ids FROM scope)::bigint[])"
    centers = "true" if everything else f"c.id = ANY({ids(wanted.center_ids or ())})"
    known = f"received_at <= {moment(wanted.received_until)}"
    sent = packed(wanted.numbers)
    columns = ", ".join(f"{value} AS {name}" for name, value in sent.items())
    # What is put together in one piece may not have more than a gigabyte.
    apart = "GROUP BY account_id % 256" if everything else ""
    with_parts = [
        *_run(wanted),
        f"t AS MATERIALIZED (SELECT {columns}, max(newest) AS newest FROM run {apart})",  # noqa: S608
    ]
    if not everything:
        scope = f"SELECT array_agg(DISTINCT c.account_id) AS ids FROM accounts_buyingcenter c WHERE {centers}"  # noqa: S608
        then = _PEOPLE_THEN if wanted.past else ""
        if wanted.met is not None:
            then += f" UNION SELECT unnest({ids(wanted.met)})"
        people = _PEOPLE.format(then=then)
        with_parts = [f"scope AS MATERIALIZED ({scope})", *with_parts, f"people AS MATERIALIZED ({people})"]
    # Of an account that was merged since, there still was the whole then; so of a center that was retired since.
    present = "a.merged_into_id IS NULL AND c.retired_at IS NULL"
    if wanted.past:
        present = f"(a.merged_at IS NULL OR a.merged_at > {as_of}) AND (c.retired_at IS NULL OR c.retired_at > {as_of})"
    mine = "account_id IS NOT NULL" if everything else accounts
    signals = _SIGNALS_THEN.format(accounts=mine, as_of=as_of) if wanted.past else "signals_intentsignal"
    people = "true" if everything else "p.id = ANY((SELECT ids FROM people)::bigint[])"
    custom = "a.custom::text" if wanted.custom else "NULL::text"
    parts = [_CENTERS.format(k=CENTER, centers=centers, present=present, custom=custom)]
    if not wanted.profiles:
        parts += [
            _CONTACTS.format(k=CONTACT, people=people),
            _TOUCH_TYPES.format(k=TOUCH_TYPE),
            _INTENT.format(
                k=INTENT,
                signals=signals,
                topics=_TOPICS_THEN.format(as_of=as_of) if wanted.past else "signals_intenttopic",
                intent=f"s.{mine} AND s.observed_on >= {moment(wanted.intent_from)}::date AND s.{known}",
            ),
        ]
    parts.append(
        _FLAGS.format(
            k=FLAGS,
            delivered=f"received_at >= {moment(wanted.delivered_from)} AND {known}",
            themes=f"created_at <= {as_of} AND (archived_at IS NULL OR archived_at > {as_of})"
            if wanted.past
            else "archived_at IS NULL",
            newest="NULL" if everything else "(SELECT (date_part('epoch', newest) * 1000000)::bigint FROM t)",
        )
    )
    if wanted.technologies:
        valid = (
            f"x.known_from <= {as_of} AND (x.known_until IS NULL OR x.known_until > {as_of})"
            if wanted.past
            else "x.known_until IS NULL"
        )
        parts.append(_TECHNOLOGIES.format(k=TECHNOLOGY, technologies=f"{_of('x', accounts)} AND {valid}"))
    if wanted.past:
        parts.append(_ACCOUNT_FACTS.format(k=ACCOUNT_FACT, accounts=accounts, as_of=as_of))
    if wanted.past and not wanted.profiles:
        parts.append(_CONTACT_FACTS.format(k=CONTACT_FACT, people=people, as_of=as_of))
    pack = _PACK.format(
        sent=", ".join(sent),
        nothing=", ".join(["NULL::bytea"] * len(sent)),
        rows=" UNION ALL ".join(parts),
        rows_by="GROUP BY coalesce(a, 0) % 256" if everything else "",
    )
    return f"WITH {', '.join(with_parts)} {pack}"


def _run(wanted: Wanted) -> list[str]:
    """`run`: the touches by account, or by account and month."""
    among = f"t.received_at <= {moment(wanted.received_until)}"
    if wanted.touch_ids is not None:
        among = f"t.id = ANY({ids(wanted.touch_ids)})"
    touches = Touches(
        scope="" if wanted.center_ids is None else _SCOPE,
        first=wanted.touches_from,
        last=None if wanted.touch_ids is not None else wanted.occurred_until,
        known_at=wanted.known_at if wanted.past else None,
        among=among,
        none=wanted.profiles or wanted.met is not None,
    )
    if not wanted.kept:
        return [f"run AS ({touches.fresh(wanted.numbers)})"]
    return [
        f"not_kept AS MATERIALIZED ({touches.not_kept(learned_by=wanted.known_at)})",
        f"run AS ({touches.kept(wanted.numbers)} UNION ALL {touches.fresh_of_months(wanted.numbers)})",
    ]


def _of(alias: str, accounts: str) -> str:
    return accounts if accounts == "true" else f"{alias}.{accounts}"
