"""The one statement that reads the facts of centers (signals/facts.py makes frames of its rows).

One statement is one snapshot: touches and people of two different moments never meet in a decision. Rows other than
touches have one shape, `COLUMNS`, say by `k` what they are, and travel as a few long texts; touches, of which there are fifty
times as many, travel as `TOUCH_COLUMNS`, each a run of eight-byte numbers or of texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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

# As they are sent: 0 where there is no contact or theme, moments in microseconds since POSTGRES_EPOCH, "" where no visitor.
TOUCH_NUMBERS = {
    "touch_id": "int8send(id)",
    "account_id": "int8send(account_id)",
    "contact_id": "int8send(coalesce(contact_id, 0))",
    "touch_type_id": "int8send(touch_type_id)",
    "theme_id": "int8send(coalesce(theme_id, 0))",
    "minutes": "float8send(coalesce(minutes, 0)::float8)",
    "occurred_at": "timestamptz_send(occurred_at)",
}
# Whose visitor it was matters only where nobody is known.
TOUCH_TEXTS = {"visitor": "CASE WHEN contact_id IS NULL THEN visitor ELSE '' END", "message_id": "message_id"}
POSTGRES_EPOCH = 946_684_800_000_000
# Of a history also since when and until when a touch was read so, and when it had come.
HISTORY_NUMBERS = {
    **TOUCH_NUMBERS,
    "known_from": "timestamptz_send(known_from)",
    "known_until": "timestamptz_send(known_until)",
    "received_at": "timestamptz_send(received_at)",
}


def _run(numbers: dict[str, str]) -> str:
    texts = (f"string_agg(replace({sent}, E'\\x1e', ''), E'\\x1e') AS {name}" for name, sent in TOUCH_TEXTS.items())
    return ", ".join([*(f"string_agg({sent}, '') AS {name}" for name, sent in numbers.items()), *texts])


# Gone through once: what is sent, whom they are of, and when the last of them came in.
_SENT = f"""
SELECT {_run(TOUCH_NUMBERS)}, array_agg(DISTINCT contact_id) AS people, max(received_at) AS newest
FROM ({{touches}}) t {{touches_by}}"""  # noqa: S608
_PACK = (
    f"SELECT string_agg({_PACKED}, E'\\x1e'), {', '.join(['NULL::bytea'] * len(TOUCH_NUMBERS))}, "  # noqa: S608
    f"{', '.join(['NULL'] * len(TOUCH_TEXTS))} FROM ({{rows}}) q {{rows_by}} "
    f"UNION ALL SELECT NULL, {', '.join([*TOUCH_NUMBERS, *TOUCH_TEXTS])} FROM t"
)

# As an array, so that an index finds them: an OR over the two would read every contact there is.
_PEOPLE = """
SELECT array_agg(id) AS ids FROM (
    SELECT id FROM accounts_contact WHERE account_id = ANY((SELECT ids FROM scope)::bigint[])
    UNION SELECT unnest(people) FROM t {then}) u"""

# Of an account that was merged since, the people are at the other one now.
_PEOPLE_THEN = """
    UNION SELECT c.id FROM accounts_contact c JOIN accounts_account a ON a.merged_into_id = c.account_id
        WHERE a.id = ANY((SELECT ids FROM scope)::bigint[])"""

_READING = (
    "{id} AS id, {r}.account_id, {r}.contact_id, {r}.theme_id, {r}.touch_type_id, {r}.minutes, t.visitor, t.message_id, "
    "t.occurred_at, t.received_at"
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to read. `occurred_until` and `received_until` bound touches and signals; `past` goes by what was known at
    `known_at`, else by what is known. `touch_ids` (replay): exactly these touches, as they were read at `known_at`.
    `profiles`: of accounts only what fit goes by, nothing of people, touches and intent. `met`: the touches are known from
    elsewhere (`history`), and these are the people they are of.
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


def history(*, center_ids: Sequence[int], first: datetime, last: datetime) -> str:
    """The statement for all readings there ever were of the touches that took place between two moments."""
    accounts = f"SELECT DISTINCT account_id FROM accounts_buyingcenter WHERE id = ANY({_ids(center_ids)})"  # noqa: S608
    mine = "{r}.ignored = '' AND {r}.account_id = ANY((SELECT ids FROM scope)::bigint[])"
    when = f"t.occurred_at >= {_moment(first)} AND t.occurred_at <= {_moment(last)}"
    now = (
        f"SELECT {_READING.format(id='t.id', r='t')}, t.known_from, 'infinity'::timestamptz AS known_until "  # noqa: S608
        f"FROM signals_touch t WHERE {mine.format(r='t')} AND {when}"
    )
    before = (
        f"SELECT {_READING.format(id='t.id', r='r')}, r.known_from, r.known_until "  # noqa: S608
        f"FROM signals_pastreading r JOIN signals_touch t ON t.id = r.touch_id WHERE {mine.format(r='r')} AND {when}"
    )
    return (
        f"WITH scope AS MATERIALIZED (SELECT array_agg(account_id) AS ids FROM ({accounts}) a) "  # noqa: S608
        f"SELECT {_run(HISTORY_NUMBERS)} FROM ({now} UNION ALL {before}) h"
    )


def statement(wanted: Wanted) -> str:
    """The statement for these facts. Only numbers and moments come from outside, and are written as such."""
    as_of = _moment(wanted.known_at)
    everything = wanted.center_ids is None
    accounts = "true" if everything else "account_id = ANY((SELECT ids FROM scope)::bigint[])"
    centers = "true" if everything else f"c.id = ANY({_ids(wanted.center_ids or ())})"
    known = f"received_at <= {_moment(wanted.received_until)}"
    touches = _SENT.format(
        touches=_touches(wanted, accounts), touches_by="GROUP BY account_id % 256" if everything else ""
    )
    with_parts = [f"t AS MATERIALIZED ({touches})"]
    if not everything:
        scope = f"SELECT array_agg(DISTINCT c.account_id) AS ids FROM accounts_buyingcenter c WHERE {centers}"  # noqa: S608
        then = _PEOPLE_THEN if wanted.past else ""
        if wanted.met is not None:
            then += f" UNION SELECT unnest({_ids(wanted.met)})"
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
                intent=f"s.{mine} AND s.observed_on >= {_moment(wanted.intent_from)}::date AND s.{known}",
            ),
        ]
    parts.append(
        _FLAGS.format(
            k=FLAGS,
            delivered=f"received_at >= {_moment(wanted.delivered_from)} AND {known}",
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
        rows=" UNION ALL ".join(parts),
        rows_by="GROUP BY coalesce(a, 0) % 256" if everything else "",
    )
    return f"WITH {', '.join(with_parts)} {pack}"


def _touches(wanted: Wanted, accounts: str) -> str:
    """Touches as they are read now; for the past also earlier readings that were the valid ones then."""
    as_of = _moment(wanted.known_at)
    when = f"t.occurred_at >= {_moment(wanted.touches_from)}"
    if wanted.profiles or wanted.met is not None:
        when = "false"
    elif wanted.touch_ids is not None:
        when += f" AND t.id = ANY({_ids(wanted.touch_ids)})"
    else:
        when += f" AND t.occurred_at <= {_moment(wanted.occurred_until)} AND t.received_at <= {_moment(wanted.received_until)}"
    mine = "{r}.ignored = '' AND " + ("{r}.account_id IS NOT NULL" if accounts == "true" else "{r}." + accounts)
    now = f"SELECT {_READING.format(id='t.id', r='t')} FROM signals_touch t WHERE {mine.format(r='t')} AND {when}"  # noqa: S608
    if not wanted.past:
        return now
    before = (
        f"SELECT {_READING.format(id='t.id', r='r')} FROM signals_pastreading r JOIN signals_touch t ON t.id = r.touch_id "  # noqa: S608
        f"WHERE {mine.format(r='r')} AND r.known_from <= {as_of} AND r.known_until > {as_of} AND {when}"
    )
    return f"{now} AND t.known_from <= {as_of} UNION ALL {before}"


def _of(alias: str, accounts: str) -> str:
    return accounts if accounts == "true" else f"{alias}.{accounts}"


def _ids(ids: Sequence[int]) -> str:
    return "'{" + ",".join(str(int(number)) for number in ids) + "}'::bigint[]"


def _moment(moment: datetime) -> str:
    return f"'{moment.isoformat()}'::timestamptz"
