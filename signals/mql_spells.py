"""Keeps when contacts were MQLs (domain.md §3), beside the evaluation that said so."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import connection

from accounts.imports import bulk

if TYPE_CHECKING:
    from signals.scoring import Evaluation

# One array, as nearly all of them stay as they are.
_RUNNING = """
SELECT coalesce(array_agg(contact_id), '{}') FROM signals_mqlspell WHERE until IS NULL AND account_id = ANY(%s::bigint[])"""

# Nobody has two that run.
_CLOSE = """
UPDATE signals_mqlspell SET until = greatest(since, %s) WHERE until IS NULL AND contact_id = ANY(%s::bigint[])"""

_OPEN = """
INSERT INTO signals_mqlspell (contact_id, account_id, since)
SELECT m.contact_id, m.account_id, %s
FROM unnest(%s::bigint[], %s::bigint[]) AS m (contact_id, account_id)
JOIN accounts_contact c ON c.id = m.contact_id
WHERE NOT EXISTS (SELECT FROM signals_mqlspell s WHERE s.contact_id = m.contact_id AND s.until IS NULL)
ORDER BY m.contact_id ON CONFLICT DO NOTHING"""


def keep_spells(evaluation: "Evaluation", *, today: date) -> None:
    """Open a spell for each contact that is an MQL now, close those of contacts that are none any more.

    Goes by the whole accounts of `evaluation`, whose states must be locked.
    """
    import polars as pl  # not at import: see signals/tasks.py

    whole = evaluation.centers.filter("is_default").select("c", "account_id")
    found = evaluation.people.filter("is_mql", pl.col("contact_id").is_not_null()).select("c", "contact_id")
    homes: dict[int, int] = dict(found.join(whole, on="c").select("contact_id", "account_id").iter_rows())
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, [bulk.array(whole["account_id"].to_list())])
        running = set(cursor.fetchone()[0])
        if ended := running - homes.keys():
            cursor.execute(_CLOSE, [today, bulk.array(ended)])
        if begun := homes.keys() - running:
            cursor.execute(_OPEN, [today, bulk.array(begun), bulk.array(homes[contact] for contact in begun)])
