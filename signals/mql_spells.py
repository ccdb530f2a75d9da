"""Keeps when contacts were MQLs (domain.md §3), beside the evaluation that said so."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from signals.scoring import Evaluation

_CLOSE = """
UPDATE signals_mqlspell SET until = greatest(since, %(today)s)
WHERE until IS NULL AND account_id = ANY(%(accounts)s::bigint[]) AND contact_id <> ALL(%(contacts)s::bigint[])"""

_OPEN = """
INSERT INTO signals_mqlspell (contact_id, account_id, since)
SELECT m.contact_id, m.account_id, %(today)s
FROM unnest(%(contacts)s::bigint[], %(homes)s::bigint[]) AS m (contact_id, account_id)
JOIN accounts_contact c ON c.id = m.contact_id
WHERE NOT EXISTS (SELECT FROM signals_mqlspell s WHERE s.contact_id = m.contact_id AND s.until IS NULL)
ORDER BY m.contact_id ON CONFLICT DO NOTHING"""


def keep_spells(evaluation: "Evaluation", *, today: date) -> None:
    """Open a spell for each contact that is an MQL now, close those of contacts that are none any more.

    Goes by the whole accounts of `evaluation`, whose states must be locked.
    """
    import polars as pl  # not at import: see signals/tasks.py

    whole = evaluation.centers.filter("is_default").select("center_id", "account_id")
    mqls = (
        evaluation.contacts.filter("is_mql", pl.col("contact_id").is_not_null())
        .join(whole, on="center_id")
        .select("contact_id", "account_id")
        .unique("contact_id")
    )
    parameters: dict[str, Any] = {
        "today": today,
        "accounts": whole["account_id"].to_list(),
        "contacts": mqls["contact_id"].to_list(),
        "homes": mqls["account_id"].to_list(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, parameters)
        if parameters["contacts"]:
            cursor.execute(_OPEN, parameters)
