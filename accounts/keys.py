"""Making and finding API keys. A key is `mqa_<prefix>_<secret>`; prefix and SHA-256 digest are stored."""

import hashlib
import hmac
import re
import secrets

from django.utils import timezone

from accounts.models import ApiKey, Source, User

_SHAPE = re.compile(r"mqa_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")

# Asked by every request that brings a key, so spelled out: composing it took longer than answering it.
_LIVE = "SELECT * FROM accounts_apikey WHERE prefix = %s AND revoked_at IS NULL"


def create_key(*, name: str, scope: str, by: User | None) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once and can't be had again.

    A plain SHA-256 suffices: the secret has 256 random bits. An ingest key gets the source of its name.
    """
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"mqa_{prefix}_{secret}"
    source = Source.objects.get_or_create(name=name)[0] if scope == ApiKey.Scope.INGEST else None
    key = ApiKey.objects.create(
        name=name,
        scope=scope,
        prefix=prefix,
        digest=hashlib.sha256(text.encode()).digest(),
        source=source,
        created_by=by,
    )
    return key, text


def find_key(text: str) -> ApiKey | None:
    """The live key of this text, else None; compared in constant time."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    key = next(iter(ApiKey.objects.raw(_LIVE, [shape[1]])), None)
    if key is None or not hmac.compare_digest(bytes(key.digest), hashlib.sha256(text.encode()).digest()):
        return None
    return key


def revoke_key(key: ApiKey, *, by: User | None) -> None:
    """From now on the key opens nothing. Revoking twice keeps the first moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_by=by)
