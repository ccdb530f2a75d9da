"""Revising how touches are read: what was read before is kept, so that a past moment is recomputed as it was known then.

Set-based, and locked in the order of ids, so that two revisions at once wait for each other instead of deadlocking.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.companies import EVENTS_SYSTEM
from accounts.people import give_account
from signals.actions import request_rescore
from signals.traffic import EMAIL_DOMAIN, INTERNAL

_READING = "account_id, contact_id, touch_type_id, theme_id, channel, campaign, minutes, ignored"
_REVISE = f"""
WITH found AS (
    SELECT t.id, t.occurred_at, t.known_from, {", ".join(f"t.{name}" for name in _READING.split(", "))},
        {{account}} AS new_account, {{contact}} AS new_contact, {{ignored}} AS new_ignored
    FROM signals_touch t {{tables}} WHERE {{where}} ORDER BY t.id FOR NO KEY UPDATE OF t
), past AS (
    INSERT INTO signals_pastreading (touch_id, known_from, known_until, {_READING})
    SELECT id, least(known_from, %(now)s), %(now)s, {_READING} FROM found
), revised AS (
    UPDATE signals_touch t SET account_id = new_account, contact_id = new_contact, ignored = new_ignored,
        known_from = %(now)s
    FROM found f WHERE t.id = f.id AND t.occurred_at = f.occurred_at
)
SELECT contact_id, new_contact, account_id, new_account FROM found"""  # noqa: S608 - constants of this module
_AS_BEFORE = "t.ignored"
# A colleague's give nothing, also those from before we knew that it was one.
_OUR_DOMAINS = f"""SELECT lower(btrim(value)) FROM signals_trafficrule
    WHERE is_active AND kind = '{INTERNAL}' AND field = '{EMAIL_DOMAIN}'"""  # noqa: S608 - constants
_OURS = f"t.ignored = '' AND c.domain IN ({_OUR_DOMAINS})"
_IGNORED = f"CASE WHEN {_OURS} THEN '{INTERNAL}' ELSE t.ignored END"

_VISITORS = _REVISE.format(
    account="coalesce(c.account_id, t.account_id)",
    contact="c.id",
    ignored=_IGNORED,
    tables="JOIN accounts_visitoridentity v ON v.anonymous_id = t.visitor JOIN accounts_contact c ON c.id = v.contact_id",
    where="t.contact_id IS NULL AND t.visitor <> '' AND v.contact_id = ANY(%(contacts)s)",
)
_PEOPLE = _REVISE.format(
    account="c.account_id",
    contact="t.contact_id",
    ignored=_IGNORED,
    tables="JOIN accounts_contact c ON c.id = t.contact_id",
    where="t.account_id IS NULL AND c.account_id IS NOT NULL AND t.contact_id = ANY(%(contacts)s)",
)
_COLLEAGUES = _REVISE.format(
    account="t.account_id",
    contact="t.contact_id",
    ignored=f"'{INTERNAL}'",
    tables="JOIN accounts_contact c ON c.id = t.contact_id",
    where=f"{_OURS} AND t.contact_id = ANY(%(contacts)s)",
)
_GROUPS = _REVISE.format(
    ignored=_AS_BEFORE,
    account="i.account_id",
    contact="t.contact_id",
    tables="JOIN accounts_accountidentifier i ON i.value = t.group_id AND i.system = %(system)s",
    where="t.account_id IS NULL AND t.group_id <> '' AND i.account_id = ANY(%(accounts)s)",
)
_DOMAINS = _REVISE.format(
    ignored=_AS_BEFORE,
    account="d.account_id",
    contact="t.contact_id",
    tables="JOIN accounts_domain d ON d.name = t.domain",
    where="t.account_id IS NULL AND t.domain <> '' AND d.account_id = ANY(%(accounts)s)",
)
_MERGED = _REVISE.format(
    ignored=_IGNORED,
    account="coalesce(c.account_id, t.account_id)",
    contact="c.id",
    tables="JOIN accounts_contact c ON c.id = %(kept)s",
    where="t.contact_id = %(gone)s",
)
_GIVEN = _REVISE.format(
    ignored=_AS_BEFORE,
    account="%(account)s",
    contact="t.contact_id",
    tables="",
    where="t.account_id IS NULL AND t.contact_id IS NULL AND t.visitor = %(visitor)s AND t.visitor <> ''",
)
_TO_KEPT = _REVISE.format(
    ignored=_AS_BEFORE, account="%(kept)s", contact="t.contact_id", tables="", where="t.account_id = %(gone)s"
)
# What came by the merge, and what has come since from the people, domains and groups that return; not what was done before
# it by somebody who was the kept account's own then.
_FROM_KEPT = _REVISE.format(
    ignored=_AS_BEFORE,
    account="%(gone)s",
    contact="t.contact_id",
    tables="",
    where="t.account_id = %(kept)s AND (t.id IN (SELECT p.touch_id FROM signals_pastreading p"
    " WHERE p.account_id = %(gone)s AND p.known_until >= %(at)s)"
    " OR t.contact_id IN (SELECT id FROM accounts_contact WHERE account_id = %(gone)s) AND NOT (t.received_at < %(at)s"
    " AND EXISTS (SELECT FROM accounts_contactfact f WHERE f.contact_id = t.contact_id AND f.field = 'account'"
    " AND f.value = to_jsonb(%(kept)s::bigint) AND f.known_from < %(at)s))"
    " OR t.contact_id IS NULL AND (t.domain IN (SELECT name FROM accounts_domain WHERE account_id = %(gone)s)"
    " OR t.group_id IN (SELECT value FROM accounts_accountidentifier WHERE account_id = %(gone)s AND system = %(system)s)))",
)
_READ_AS = f"""
WITH new AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS r(id bigint, occurred_at timestamptz, new_type bigint,
        new_theme bigint, new_channel text, new_campaign text, new_minutes numeric, new_ignored text)
), past AS (
    INSERT INTO signals_pastreading (touch_id, known_from, known_until, {_READING})
    SELECT t.id, least(t.known_from, %(now)s), %(now)s, {", ".join(f"t.{name}" for name in _READING.split(", "))}
    FROM signals_touch t JOIN new n ON t.id = n.id AND t.occurred_at = n.occurred_at
)
UPDATE signals_touch t SET touch_type_id = new_type, theme_id = new_theme, channel = new_channel,
    campaign = new_campaign, minutes = new_minutes, ignored = new_ignored, known_from = %(now)s
FROM new n WHERE t.id = n.id AND t.occurred_at = n.occurred_at"""  # noqa: S608 - constants of this module
_WAIT = f"""
SELECT signals_touches_wait_for(%s),
    EXISTS (SELECT FROM accounts_contact c WHERE c.id = ANY(%s) AND c.domain IN ({_OUR_DOMAINS}))"""  # noqa: S608
_INTENT = """
UPDATE signals_intentsignal s SET account_id = d.account_id, known_from = %(now)s FROM accounts_domain d
WHERE s.account_id IS NULL AND d.name = s.domain AND d.account_id = ANY(%(accounts)s) RETURNING s.account_id"""


@transaction.atomic(savepoint=False)
def match_again(*, account_ids: Collection[int], contact_ids: Collection[int]) -> None:
    """Read waiting touches again, now that these accounts and contacts can be recognised by something new.

    Registered with `accounts.changes`. Touches of a group's account bring along people who had none.
    """
    now = timezone.now()
    affected: set[int] = set()
    accounts = sorted(account_ids)
    if accounts:
        rows = _revise(_GROUPS, now, accounts=accounts, system=EVENTS_SYSTEM)
        affected |= _accounts(rows)
        homeless = {contact: account for contact, _, _, account in rows if contact and account}
        if homeless:
            contact_ids = {*contact_ids, *give_account(account_of=homeless, at=now)}
        affected |= _accounts(_revise(_DOMAINS, now, accounts=accounts))
        affected |= _intent(accounts, now)
    contacts = sorted(contact_ids)
    waits, colleagues = _wait(contacts) if contacts else (False, False)
    if waits:
        affected |= _accounts(_revise(_VISITORS, now, contacts=contacts))
        affected |= _accounts(_revise(_PEOPLE, now, contacts=contacts))
    if colleagues:
        affected |= _accounts(_revise(_COLLEAGUES, now, contacts=contacts))
    request_rescore(account_ids=affected, reason="reading")


@transaction.atomic(savepoint=False)
def follow_merge(*, gone: int, kept: int) -> None:
    """Touches of a contact that turned out to be another one are the other's. Registered with `accounts.changes`."""
    rows = _revise(_MERGED, timezone.now(), gone=gone, kept=kept)
    request_rescore(account_ids=_accounts(rows), reason="reading")


@transaction.atomic
def give_visitor(*, visitor: str, account_id: int) -> int:
    """A person says that an unknown visitor is of this account: so the touches that have come are; how many.

    What comes later waits again, until somebody identifies the visitor: a browser is no company.
    """
    rows = _revise(_GIVEN, timezone.now(), visitor=visitor, account=account_id)
    request_rescore(account_ids=_accounts(rows), reason="reading")
    return len(rows)


@transaction.atomic
def move_touches(*, gone: int, kept: int) -> int:
    """The touches of an account that was merged are the other's; how many."""
    return len(_revise(_TO_KEPT, timezone.now(), gone=gone, kept=kept))


@transaction.atomic
def return_touches(*, gone: int, kept: int, merged_at: datetime) -> int:
    """A merge of then is taken back: what came by it, and what has come since and is the other's; how many."""
    return len(_revise(_FROM_KEPT, timezone.now(), gone=gone, kept=kept, at=merged_at, system=EVENTS_SYSTEM))


@dataclass(frozen=True, slots=True)
class NewReading:
    """What a touch is read as from now on; whose it is stays."""

    touch_id: int
    occurred_at: datetime
    touch_type_id: int
    theme_id: int | None
    channel: str
    campaign: str
    minutes: Decimal
    ignored: str = ""


def read_as(readings: Sequence[NewReading]) -> None:
    """Give touches new readings, and keep the past ones. The caller's transaction holds the touches' locks."""
    if not readings:
        return
    rows = json.dumps(
        [
            {
                "id": row.touch_id,
                "occurred_at": row.occurred_at.isoformat(),
                "new_type": row.touch_type_id,
                "new_theme": row.theme_id,
                "new_channel": row.channel,
                "new_campaign": row.campaign,
                "new_minutes": str(row.minutes),
                "new_ignored": row.ignored,
            }
            for row in readings
        ],
        ensure_ascii=False,
    )
    with connection.cursor() as cursor:
        cursor.execute(_READ_AS, {"rows": rows, "now": timezone.now()})


def stored_object(text: str | None) -> dict[str, Any]:
    """A JSON object as a cursor of Django's gives it, which is text; {} for anything else."""
    value = json.loads(text) if text else None
    return value if isinstance(value, dict) else {}


def _revise(statement: str, now: datetime, **parameters: Any) -> list[tuple[int | None, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now, **parameters})
        return list(cursor.fetchall())


def _wait(contacts: list[int]) -> tuple[bool, bool]:
    """Whether any touch may be somebody else's now (for people who are new, most of them, none is); whether any are ours."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, [contacts, contacts])
        found: tuple[bool, bool] = cursor.fetchone()
        return found


def _accounts(rows: Collection[tuple[int | None, ...]]) -> set[int]:
    return {account for _, _, before, after in rows for account in (before, after) if account is not None}


def _intent(accounts: list[int], now: datetime) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_INTENT, {"accounts": accounts, "now": now})
        return {account for (account,) in cursor.fetchall()}
