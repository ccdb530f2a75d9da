"""What of this room moves when accounts are merged (accounts/merging.py): how touches and signals are read.

What was received stays as it is. Before the merge they are read as they were known then, also afterwards.
"""

from datetime import UTC
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.merging import Merging, Moved, Part
from signals.models import CenterState, IntentSignal, MqlSpell, Touch, Transition
from signals.readings import move_touches, return_touches

_MOVE_SIGNALS = """
WITH found AS (
    SELECT id, account_id, known_from FROM signals_intentsignal WHERE {where} ORDER BY id FOR NO KEY UPDATE
), past AS (
    INSERT INTO signals_pastmatch (signal_id, account_id, known_from, known_until)
    SELECT id, account_id, known_from, %(now)s FROM found
)
UPDATE signals_intentsignal s SET account_id = %(to)s, known_from = %(now)s FROM found f WHERE s.id = f.id
RETURNING s.id"""


def _count_touches(merging: Merging) -> int:
    return Touch.objects.filter(account=merging.gone).count()


def _move_touches(merging: Merging) -> Moved:
    """Their past readings say which they were, so that no list of them is kept; strays count alone."""
    moved = move_touches(gone=merging.gone.pk, kept=merging.kept.pk)
    return [moved] if moved else []


def _return_touches(merging: Merging, moved: Moved) -> None:  # noqa: ARG001 - see _move_touches
    return_touches(gone=merging.gone.pk, kept=merging.kept.pk, merged_at=merging.at)


def _count_signals(merging: Merging) -> int:
    return IntentSignal.objects.filter(account=merging.gone).count()


def _signals(where: str, to: int, merging: Merging, **parameters: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_SIGNALS.format(where=where), {"to": to, "now": merging.now, **parameters})
        return sorted(pk for (pk,) in cursor.fetchall())


def _move_signals(merging: Merging) -> Moved:
    ids = _signals("account_id = %(gone)s", merging.kept.pk, merging, gone=merging.gone.pk)
    return [len(ids)] if ids else []


def _return_signals(merging: Merging, moved: Moved) -> None:  # noqa: ARG001 - as with touches
    where = (
        "account_id = %(kept)s AND (id IN (SELECT signal_id FROM signals_pastmatch WHERE account_id = %(gone)s"
        " AND known_until >= %(at)s) OR domain IN (SELECT name FROM accounts_domain WHERE account_id = %(gone)s))"
    )
    _signals(where, merging.gone.pk, merging, gone=merging.gone.pk, kept=merging.kept.pk, at=merging.at)


def _count_mqls(merging: Merging) -> int:
    return MqlSpell.objects.filter(account=merging.gone).count()


def _move_mqls(merging: Merging) -> Moved:
    found = MqlSpell.objects.filter(account=merging.gone)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    found.update(account=merging.kept)
    return ids


def _return_mqls(merging: Merging, moved: Moved) -> None:
    # Of before the merge only what it moved: somebody may have been the kept account's own then.
    back = Q(pk__in=moved) | Q(contact__account=merging.gone, since__gte=merging.at.astimezone(UTC).date())
    MqlSpell.objects.filter(back, account=merging.kept).update(account=merging.gone)


def _no_states(merging: Merging) -> int:  # noqa: ARG001 - it is nothing that anybody moves
    return 0


def _drop_states(merging: Merging) -> Moved:
    """A shell is not scored: it has no present state, and the desk hears nothing more of it. Strays are not told of."""
    held = CenterState.objects.select_for_update(no_key=True).filter(account=merging.gone).order_by("center_id")
    CenterState.objects.filter(center__in=[row.center_id for row in held.only("center_id")]).delete()
    unheard = Transition.objects.filter(center__account=merging.gone, processed_at__isnull=True)
    unheard.update(processed_at=merging.now)
    return []


def _score_again(merging: Merging, moved: Moved) -> None:
    """The states come with the next evaluation."""


PARTS = (
    Part(
        "touches",
        "Touches",
        "They are read as the kept account’s from now on; what was received and past moments stay as they were.",
        _count_touches,
        _move_touches,
        _return_touches,
        counts=True,
    ),
    Part(
        "intent",
        "Intent signals",
        "They are the kept account’s from now on.",
        _count_signals,
        _move_signals,
        _return_signals,
        counts=True,
    ),
    Part("mqls", "Times as an MQL", "They come along with their people.", _count_mqls, _move_mqls, _return_mqls),
    Part("states", "Scores", "The kept account is scored again.", _no_states, _drop_states, _score_again),
)
