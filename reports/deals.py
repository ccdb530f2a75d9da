"""Opportunities as reports count them: those of a closed month as they stood then, the others as they are (see closing.py)."""

from django.db import connection

_COLUMNS = "stage, amount, currency, owner_id, created_at, closed_on"
_FREEZE = """
INSERT INTO reports_closeddeal (close_id, role, opportunity_id, stage, amount, currency, owner_id, is_target,
    created_at, closed_on)
SELECT k.id, 'closed', o.id, o.stage, o.amount, o.currency, o.owner_id, a.is_target, o.created_at, o.closed_on
FROM reports_monthclose k
JOIN handoff_opportunity o ON o.closed_on >= k.month AND o.closed_on < (k.month + interval '1 month')
JOIN accounts_account a ON a.id = o.account_id
WHERE k.id = %(close)s
UNION ALL
SELECT k.id, 'created', o.id, o.stage, o.amount, o.currency, o.owner_id, a.is_target, o.created_at, o.closed_on
FROM reports_monthclose k
JOIN handoff_opportunity o ON o.created_at >= k.month::timestamp AT TIME ZONE 'UTC'
    AND o.created_at < (k.month + interval '1 month') AT TIME ZONE 'UTC'
JOIN accounts_account a ON a.id = o.account_id
WHERE k.id = %(close)s"""


# Whether {account} is a target now; of many, quicker than a join of all accounts. No account is ever deleted.
IS_TARGET = "({account} IN (SELECT id FROM accounts_account WHERE is_target))"
# The condition that it is in the segment asked for now.
NOW_IN_SEGMENT = f"(%(segment)s = '' OR {IS_TARGET} = (%(segment)s = 'target'))"
# That the {person} (a user's id) is of the team asked for.
OF_PERSONS_TEAM = "(%(team)s::bigint IS NULL OR {person} IN (SELECT id FROM accounts_user WHERE team_id = %(team)s))"
# That whoever owns the {account} for SDRs is.
_OWNED = """{account} IN (
        SELECT a.id FROM accounts_account a JOIN accounts_user u ON u.id = a.owner_sdr_id WHERE u.team_id = %(team)s)"""
OF_TEAM = f"(%(team)s::bigint IS NULL OR {_OWNED})"
# That whoever claimed the handoff `h` is, or where nobody did, the SDR of its account.
HANDOFF_OF_TEAM = f"""(%(team)s::bigint IS NULL OR CASE
        WHEN h.claimed_by_id IS NULL THEN {_OWNED.format(account="h.account_id")}
        ELSE h.claimed_by_id IN (SELECT id FROM accounts_user WHERE team_id = %(team)s) END)"""  # noqa: S608 - a constant


def _reported(role: str, day: str) -> str:
    live = ", ".join(f"o.{name}" for name in _COLUMNS.split(", "))
    kept = ", ".join(f"f.{name}" for name in _COLUMNS.split(", "))
    return f"""(
    SELECT o.id, o.name, o.account_id, a.name AS account, {live},
           {IS_TARGET.format(account="o.account_id")} AS is_target, NULL::timestamptz AS known_at
    FROM handoff_opportunity o LEFT JOIN accounts_account a ON a.id = o.account_id
    WHERE NOT EXISTS (SELECT FROM reports_monthclose k WHERE k.month = date_trunc('month', {day})::date)
    UNION ALL
    SELECT o.id, o.name, o.account_id, a.name, {kept}, f.is_target, k.known_at
    FROM reports_monthclose k
    JOIN reports_closeddeal f ON f.close_id = k.id AND f.role = '{role}'
    JOIN handoff_opportunity o ON o.id = f.opportunity_id
    LEFT JOIN accounts_account a ON a.id = o.account_id
)"""  # noqa: S608 - constants of this module


# Relations in place of handoff_opportunity, with `account` (its name), `is_target` and `known_at` (null: as they are): one for
# what goes by the day on which an opportunity closed, one for what goes by that on which it was created. Each has an account:
# LEFT JOIN lets the planner leave accounts out where nothing of them is asked for.
BY_CLOSE = _reported("closed", "o.closed_on::timestamp")
BY_CREATION = _reported("created", "o.created_at AT TIME ZONE 'UTC'")


# The condition that the handoff `h` came about by a decision of the model version asked for.
OF_MODEL = """(%(model)s::int IS NULL
        OR h.model_id = (SELECT id FROM signals_scoringmodel WHERE version = %(model)s))"""
# The condition that the handoff `h` is an MQA that qualified in the 90 days (`window`) before the opportunity `o` was created.
_BY_MQA = """h.is_mqa AND h.qualified_at <= o.created_at
        AND h.qualified_at > o.created_at - make_interval(days => %(window)s)"""
SOURCED = f"({_BY_MQA} AND {OF_MODEL})"
# The condition that the opportunity `o` is of the source asked for, by what its account did in these 90 days: an MQA
# qualified (by the model version asked for); none did, but a hand was raised that entered the queue; neither. Most accounts never
# were in the queue: of those nothing is looked up.
OF_SOURCE = f"""(%(source)s = '' OR CASE
        WHEN o.account_id NOT IN (SELECT account_id FROM handoff_handoff) THEN %(source)s = 'other' ELSE %(source)s = (
        SELECT CASE WHEN bool_or({SOURCED}) THEN 'mqa'
                    WHEN bool_or({_BY_MQA}) THEN 'by another version'
                    WHEN bool_or(h.hand_raise_at <= o.created_at
                                 AND h.hand_raise_at > o.created_at - make_interval(days => %(window)s)) THEN 'hand_raise'
                    ELSE 'other' END
        FROM handoff_handoff h WHERE h.account_id = o.account_id) END)"""  # noqa: S608 - constants of this module
# That the opportunity `o` (of BY_CLOSE or BY_CREATION) is of the segment, the team and the source asked for.
DEAL_ASKED_FOR = f"""(%(segment)s = '' OR o.is_target = (%(segment)s = 'target'))
      AND {OF_PERSONS_TEAM.format(person="o.owner_id")}
      AND {OF_SOURCE}"""
# The condition that the handoff `h` is of the source asked for: it is an MQA, or a hand-raise that is none.
HANDOFF_OF_SOURCE = "(%(source)s = '' OR %(source)s = CASE WHEN h.is_mqa THEN 'mqa' ELSE 'hand_raise' END)"


# Accounts that ever were in the other segment than now (`is_target`); each way by itself, since targets are few.
ONCE_OTHERWISE = """SELECT f.account_id, false AS is_target FROM accounts_accountfact f
        WHERE f.field = 'is_target' AND f.value = 'true' AND f.account_id NOT IN (SELECT id FROM accounts_account WHERE is_target)
        UNION SELECT f.account_id, true FROM accounts_account n JOIN accounts_accountfact f ON f.account_id = n.id
            AND f.field = 'is_target' AND f.value = 'false' WHERE n.is_target"""


def was_target(end: str) -> str:
    """Whether the account `a` was a target at the moment that the parameter `end` says; what was said first holds from ever.

    Of a relation `otherwise` of ONCE_OTHERWISE.
    """
    latest = (
        "SELECT f.value::text::bool FROM accounts_accountfact f WHERE f.account_id = a.id AND f.field = 'is_target'"
    )
    return f"""CASE WHEN %({end})s > now() OR a.id NOT IN (SELECT account_id FROM otherwise) THEN a.is_target
        ELSE COALESCE(({latest} AND f.known_from < %({end})s ORDER BY f.known_from DESC, f.id DESC LIMIT 1),
                      ({latest} ORDER BY f.known_from, f.id LIMIT 1)) END"""  # noqa: S608 - words of this module alone


# What a statement with `in_segment` begins with, after WITH: accounts and closed months of the period at whose close they were in
# the other segment than now. What is not known of then is as it is now.
THEN_OTHERWISE = f"""then_otherwise AS MATERIALIZED (
    SELECT f.account_id, k.month FROM (
        SELECT f.account_id, f.value::text::bool <> now.is_target AS otherwise, f.known_from,
               lead(f.known_from, 1, 'infinity') OVER (PARTITION BY f.account_id ORDER BY f.known_from, f.id) AS known_until
        FROM accounts_accountfact f JOIN ({ONCE_OTHERWISE}) now ON now.account_id = f.account_id WHERE f.field = 'is_target'
    ) f
    JOIN reports_monthclose k ON k.known_at >= f.known_from AND k.known_at < f.known_until
        AND k.month BETWEEN date_trunc('month', %(first)s::date) AND %(last)s
    WHERE f.otherwise
), ever_otherwise AS MATERIALIZED (
    SELECT DISTINCT account_id FROM then_otherwise
)"""  # noqa: S608 - a constant


# The month of the handoff `h`.
QUALIFIED_IN = "date_trunc('month', h.qualified_at AT TIME ZONE 'UTC')::date"


def in_segment(month: str, account: str) -> str:
    """The condition (SQL) that the account is in the segment asked for: as it was when this month was closed."""
    is_target = IS_TARGET.format(account=account)
    other = f"(({account}, {month}) IN (SELECT account_id, month FROM then_otherwise))"  # noqa: S608 - words of the caller
    # By cases: of two conditions that shall differ the planner expects next to none. Most accounts were never in the other one.
    return f"""(%(segment)s = '' OR (%(segment)s = 'target')
        = CASE WHEN {account} NOT IN (SELECT account_id FROM ever_otherwise) THEN {is_target} ELSE {is_target} <> {other} END)"""  # noqa: S608


def freeze(close_id: int) -> None:
    """Have a closed month's opportunities stay as they are now. The caller's transaction closes or restates it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reports_closeddeal WHERE close_id = %s", [close_id])
        cursor.execute(_FREEZE, {"close": close_id})
