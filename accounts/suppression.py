"""Erasure is honoured everywhere (domain.md §2): who was erased is not made known again by whatever arrives later.

Of the addresses and ids of an erased person only digests are kept. Events that name one are taken and dropped, rows of
files are refused, and pages refuse to enter the address again. `allow_again` lifts it for a person who comes back.

An erasure and an event of the same person may meet: whoever takes events in holds the buckets of what they name in common
(`turned_away`), the erasure holds them alone (`hold_alone`), so one of the two sees what the other did.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from zlib import crc32

from django.db import connection, transaction
from django.db.models import F

from accounts.models import ErasedKey, Erasure

BUCKETS = 64
_CLASS = 0x4D5145

# One round trip, two statements: the second sees what was committed while the first waited.
_LOOK = """
SELECT pg_advisory_xact_lock_shared(%s, bucket) FROM unnest(%s::int[]) AS held(bucket);
SELECT digest, erasure_id FROM accounts_erasedkey WHERE digest = ANY(%s::bytea[])"""


def digest_of(text: str) -> bytes:
    """What is kept of an address (in lower case) or an id."""
    return hashlib.sha256(f"erased:{text.strip().lower()}".encode("utf-8", "replace")).digest()[:16]


def erased_of(texts: Collection[str]) -> set[str]:
    """Those of these addresses and ids that were of somebody who is erased."""
    by_digest = {digest_of(text): text for text in texts if text}
    if not by_digest:
        return set()
    found = ErasedKey.objects.filter(digest__in=by_digest).values_list("digest", flat=True)
    gone = {bytes(digest) for digest in found}
    return {text for text in texts if text and digest_of(text) in gone}


def hold_and_look(texts: Collection[str]) -> dict[str, int]:
    """`erased_of` with the erasure of each, safe against an erasure at this moment, until the transaction ends."""
    named = {text: digest_of(text) for text in texts if text}
    if not named:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [_CLASS, _buckets(named), list(set(named.values()))])
        cursor.nextset()
        erasures = {bytes(digest): erasure for digest, erasure in cursor.fetchall()}
    return {text: erasures[digest] for text, digest in named.items() if digest in erasures}


def hold_alone(texts: Collection[str]) -> None:
    """Wait for whoever is taking in events of these, and let nobody else until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, bucket)::text FROM unnest(%s::int[]) AS held(bucket)",
            [_CLASS, _buckets(texts)],
        )


def suppress(erasure: Erasure, texts: Iterable[str]) -> None:
    """From now on these are of somebody who was erased."""
    ErasedKey.objects.bulk_create(
        [ErasedKey(digest=digest, erasure=erasure) for digest in {digest_of(text) for text in texts if text}],
        ignore_conflicts=True,
    )


def count_turned_away(erasures: Iterable[int]) -> None:
    """That events of these erased people came and were dropped; one id an event."""
    for pk, times in sorted(Counter(erasures).items()):
        Erasure.objects.filter(pk=pk).update(turned_away=F("turned_away") + times)


@transaction.atomic
def allow_again(text: str) -> bool:
    """The person comes back and may be known again by this address or id; False where it was not erased."""
    hold_alone([text])
    return bool(ErasedKey.objects.filter(digest=digest_of(text)).delete()[0])


def _buckets(texts: Iterable[str]) -> list[int]:
    return sorted({crc32(digest_of(text)) % BUCKETS for text in texts if text})
