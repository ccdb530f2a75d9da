"""The parts of statements that read touches, as runs: columns of numbers of a fixed width (and two of texts), one a touch, one
after another.

A run of an account and month is kept (`TouchRun`, signals/runs.py), so that many centers are read without a look at each of
their touches. What is read from the touches themselves is made into runs by the same expressions, so nobody who reads runs
can tell one from the other. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

# In the order of `_ORDER`. `people`: the contact, 0 for nobody known by nothing, below 0 for the visitor of this hash.
# `themes`: 0 for none. `minutes`: hundredths. Moments: microseconds since POSTGRES_EPOCH; `known`: when it had come and was
# read so.
NUMBERS = {
    "ids": "int8send(id)",
    "people": "int8send(CASE WHEN contact_id IS NOT NULL THEN contact_id WHEN visitor = '' THEN 0"
    " ELSE hashtextextended(visitor, 0) | (-9223372036854775808)::bigint END)",
    "types": "int4send(touch_type_id::int)",
    "themes": "int4send(coalesce(theme_id, 0)::int)",
    "minutes": "int4send((minutes * 100)::int)",
    "moments": "timestamptz_send(occurred_at)",
    "known": "timestamptz_send(greatest(received_at, known_from))",
}
# Texts of a touch. Those of a run are one text with this between them, which is taken out of each.
TEXTS = {"channels": "channel", "campaigns": "campaign"}
TEXT_END = "\x1e"
# Until when it was read so. What is kept is read so still.
UNTIL = "until"
_END = "E'\\x1e'"
_TOGETHER = {
    **{name: f"{number}, ''" for name, number in (NUMBERS | {UNTIL: "timestamptz_send(known_until)"}).items()},
    **{name: f"translate({text}, {_END}, ''), {_END}" for name, text in TEXTS.items()},
}
POSTGRES_EPOCH = 946_684_800_000_000
# Of one moment, the message id decides which is first (domain.md §3).
_ORDER = 'occurred_at, message_id COLLATE "C", id'
_READING = (
    "t.id, {r}.account_id, {r}.contact_id, {r}.theme_id, {r}.touch_type_id, {r}.minutes, {r}.channel, {r}.campaign, "
    "t.visitor, t.message_id, t.occurred_at, t.received_at, {r}.known_from"
)
# That a touch t is of a UTC month, and the month of a day.
IN_MONTH = (
    "t.occurred_at >= {month}::timestamp AT TIME ZONE 'UTC'"
    " AND t.occurred_at < ({month} + interval '1 month') AT TIME ZONE 'UTC'"
)
MONTH_OF = "date_trunc('month', {day}::timestamp)::date"
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Touches:
    """Touches of the accounts in the array `scope` (SQL; "" for all) that took place between two moments (or since one).

    `asked`: instead, those of a relation of `month`, `account_id` and `known_at`, each pair once, named so; best by account.
    When each touch was `known` is sent of the kept runs of which something was learned after that moment (null: never).
    `known_at`: as they were read then, None: as they are read now; `ever`: all readings there ever were. `among`: another
    condition on a touch t. `none`: no touches at all.
    """

    scope: str = ""
    first: datetime = _EVER
    last: datetime | None = None
    asked: str = ""
    known_at: datetime | None = None
    ever: bool = False
    among: str = ""
    none: bool = False

    def fresh(self, names: Iterable[str]) -> str:
        """Their runs by account, made of the touches."""
        return runs(self._readings(self._mine), names)

    def fresh_of_months(self, names: Iterable[str]) -> str:
        """Those of `not_kept`, a relation named so. Month by month, whatever the planner believes of how many there are."""
        made = runs(self._readings(f"{{r}}.account_id = n.account_id AND {IN_MONTH.format(month='n.month')}"), names)
        return f"SELECT m.* FROM not_kept n CROSS JOIN LATERAL ({made}) m"  # noqa: S608

    def kept(self, names: Iterable[str], *, part: str = "") -> str:
        """The runs that are kept, of the other months, whole: not cut off at `first`, `last` and `known_at`. `part`: those of a
        part of the relation `asked`.
        """
        otherwise = {UNTIL: "NULL::bytea AS until"}
        if self.asked:
            otherwise["known"] = "CASE WHEN k.known_at > a.known_at THEN k.known END AS known"
        sent = ", ".join(otherwise.get(name, f"k.{name}") for name in names)
        return (
            f"SELECT account_id, k.contacts, k.known_at, NULL::timestamptz AS newest, {sent} "  # noqa: S608
            f"FROM {self._runs(part)}"
        )

    def not_kept(self, *, learned_by: datetime | None = None) -> str:
        """The accounts' months that have to be read from the touches: something of them came or changed since their run was
        made, or was read otherwise then. Where they are as they are read now, also what was learned after `learned_by`.
        """
        late = "" if self._is_past or learned_by is None else f" OR known_at > {moment(learned_by)}"
        of_runs = "true" if self.asked else self._of_runs
        parts = [
            self._noted,
            f"SELECT account_id, month FROM signals_touchrun WHERE {of_runs} AND (changed_at IS NOT NULL{late})",  # noqa: S608
        ]
        if self._is_past:
            day = "t.occurred_at AT TIME ZONE 'UTC'"
            parts.append(f"SELECT r.account_id, {MONTH_OF.format(day=f'({day})')} {self._before(self._mine)}")
        found = " UNION ".join(parts)
        if not self.asked:
            return found
        return f"SELECT account_id, month FROM ({found}) x JOIN {self.asked} USING (account_id, month)"  # noqa: S608

    @property
    def _noted(self) -> str:
        """Notes are few, or of many others: not gone through for each account."""
        found = f"SELECT account_id, {MONTH_OF.format(day='day')} AS month FROM signals_touchchange WHERE"  # noqa: S608
        if self.asked:
            return f"{found} account_id IS NOT NULL"
        months = self._months
        noted = f"account_id IN (SELECT unnest({self.scope}))" if self.scope else "account_id IS NOT NULL"
        return f"{found} {noted} AND day >= {months[0]} AND day < {months[-1]} + interval '1 month'"

    @property
    def _is_past(self) -> bool:
        return self.ever or self.known_at is not None

    @property
    def _mine(self) -> str:
        if self.asked:
            return f"{{r}}.account_id IN (SELECT account_id FROM {self.asked})"  # noqa: S608
        return f"{{r}}.account_id = ANY({self.scope})" if self.scope else "{r}.account_id IS NOT NULL"

    def _runs(self, part: str) -> str:
        if self.asked:  # each by its key; most of what is asked for may have been before there was anything
            return (
                f"{part or self.asked} a JOIN signals_touchrun k USING (month, account_id) "  # noqa: S608
                "WHERE a.month >= (SELECT min(month) FROM signals_touchrun) "
                "AND (month, account_id) NOT IN (SELECT month, account_id FROM not_kept)"
            )
        kept = "NOT EXISTS (SELECT FROM not_kept n WHERE n.account_id = k.account_id AND n.month = k.month)"
        return f"signals_touchrun k WHERE {self._of_runs} AND {kept}"

    @property
    def _of_runs(self) -> str:
        mine = f"account_id = ANY({self.scope}) AND " if self.scope else ""
        return f"{mine}month = ANY(ARRAY[{', '.join(self._months)}])"

    @property
    def _months(self) -> list[str]:
        first, last = (when.astimezone(UTC).date() for when in (self.first, self.last or self.first))
        return [f"'{month.isoformat()}'::date" for month in months_between(first, last)]

    @property
    def _when(self) -> str:
        if self.none:
            return "false"
        if self.asked:
            return "true"
        until = "" if self.last is None else f" AND t.occurred_at <= {moment(self.last)}"
        return f"t.occurred_at >= {moment(self.first)}{until}{self.among and f' AND {self.among}'}"

    def _readings(self, mine: str) -> str:
        """Touches as they are read now; of the past also earlier readings that were the valid ones then."""
        valid = "" if self.known_at is None else f" AND t.known_from <= {moment(self.known_at)}"
        now = (
            f"SELECT {_READING.format(r='t')}, 'infinity'::timestamptz AS known_until FROM signals_touch t "  # noqa: S608
            f"WHERE t.ignored = '' AND {mine.format(r='t')} AND {self._when}{valid}"
        )
        if not self._is_past:
            return now
        return f"{now} UNION ALL SELECT {_READING.format(r='r')}, r.known_until {self._before(mine)}"

    def _before(self, mine: str) -> str:
        at = self.known_at and moment(self.known_at)
        valid = f" AND r.known_from <= {at} AND r.known_until > {at}" if at else ""
        return (
            "FROM signals_pastreading r JOIN signals_touch t ON t.id = r.touch_id "
            f"WHERE r.ignored = '' AND {mine.format(r='r')} AND {self._when}{valid}"
        )


def runs(touches: str, names: Iterable[str], *, by: str = "account_id") -> str:
    """A run of each account in a relation of touches. Beside its numbers: `contacts` it has touches of, the moment `known_at`
    after which nothing of it was learned, and when the `newest` had come.
    """
    sent = ", ".join(f"string_agg({_TOGETHER[name]} ORDER BY {_ORDER}) AS {name}" for name in names)
    return (
        f"SELECT {by}, coalesce(array_agg(DISTINCT contact_id) FILTER (WHERE contact_id IS NOT NULL), '{{}}') AS contacts, "  # noqa: S608
        f"max(greatest(received_at, known_from)) AS known_at, max(received_at) AS newest, {sent} FROM ({touches}) o GROUP BY {by}"
    )


def packed(names: Iterable[str]) -> dict[str, str]:
    """By name the columns that runs are sent in: of each its account and how many touches it has, then their numbers."""
    return {
        "accounts": "string_agg(int8send(account_id), '')",
        "touches": "string_agg(int4send(length(moments) / 8), '')",
        **{name: f"string_agg({name}, {_END})" if name in TEXTS else f"string_agg({name}, '')" for name in names},
    }


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_between(first: date, last: date) -> Iterator[date]:
    """The first day of each month that has a day from `first` to `last`."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def ids(numbers: Sequence[int]) -> str:
    """An array of these, in SQL."""
    return "'{" + ",".join(str(int(number)) for number in numbers) + "}'::bigint[]"


def moment(when: datetime) -> str:
    """A moment, in SQL."""
    return f"'{when.isoformat()}'::timestamptz"
