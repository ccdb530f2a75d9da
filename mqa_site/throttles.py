"""How often one key or user may ask the API.

Counted in PostgreSQL by one statement, so a hundred requests at once are a hundred: the row's lock puts them in order.
Not in Valkey, since the desk works without it. The window is a minute of the clock.
"""

import time
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey, User

_COUNT = """
INSERT INTO mqa_site_apiuse AS u (caller, minute, used) VALUES (%s, %s, 1)
ON CONFLICT (caller) DO UPDATE SET
    used = CASE WHEN u.minute >= EXCLUDED.minute THEN u.used + 1 ELSE 1 END,
    minute = greatest(u.minute, EXCLUDED.minute)
RETURNING used"""


class PerMinute(BaseThrottle):
    """`API_REQUESTS_PER_MINUTE` for each key and each user; then 429 with Retry-After."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - DRF's signature
        caller = _caller(request)
        if caller is None:
            return True  # whoever is nobody was refused before this is asked
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [caller, int(time.time() // 60)])
            return bool(cursor.fetchone()[0] <= settings.API_REQUESTS_PER_MINUTE)

    def wait(self) -> float:
        """Seconds until the next minute."""
        return 60 - time.time() % 60


def _caller(request: Request) -> str | None:
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.pk}"
    return f"user:{request.user.pk}" if isinstance(request.user, User) else None
