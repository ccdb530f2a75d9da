"""So that a link and what waits for it never miss each other.

A touch may arrive while, in another transaction, the account or the person that it belongs to is being made known: each
would see nothing of the other, and the touch would wait for ever. So whoever states a link (this domain is that
account's, this visitor is that person) holds its bucket alone until the commit, and whoever stores something that waits
for a link holds the bucket in common with other waiters. Buckets are few, so the database's table of locks stays small,
and are taken in one go in ascending order, before any row is locked: no deadlock.
"""

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

BUCKETS = 64
_CLASS = 0x4D5141


def domain_key(domain: str) -> str:
    """What matching by a registrable domain is locked by."""
    return f"d:{domain}"


def group_key(group_id: str) -> str:
    """What matching by the `groupId` of events is locked by."""
    return f"g:{group_id}"


def email_key(email: str) -> str:
    """What a person's e-mail address is locked by."""
    return f"e:{email}"


def id_key(any_id: str) -> str:
    """What a userId or an anonymousId is locked by; they share one space, since an alias turns one into the other."""
    return f"u:{any_id}"


def contact_key(contact_id: int) -> str:
    """What the touches of a person without an account, or without an address, wait on."""
    return f"c:{contact_id}"


def hold_links(*, stating: Iterable[str] = (), waiting: Iterable[str] = ()) -> None:
    """Hold the buckets of these keys until the transaction ends. Call it before locking any row, and best once."""
    alone = {crc32(key.encode("utf-8", "replace")) % BUCKETS for key in stating}
    shared = {crc32(key.encode("utf-8", "replace")) % BUCKETS for key in waiting} - alone
    if not alone and not shared:
        return
    buckets = sorted(alone | shared)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN alone THEN pg_advisory_xact_lock(%s, bucket)::text"
            " ELSE pg_advisory_xact_lock_shared(%s, bucket)::text END"
            " FROM unnest(%s::int[], %s::bool[]) AS held(bucket, alone)",
            [_CLASS, _CLASS, buckets, [bucket in alone for bucket in buckets]],
        )
