"""The broker is one server under two names."""

import pytest

from mqa_site.broker import as_broker_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:secret@valkey:6379/2", "redis://:secret@valkey:6379/2"),
        ("rediss://valkey/0", "rediss://valkey/0"),
        ("unix:///run/x/valkey.sock?db=3", "redis+socket:///run/x/valkey.sock?virtual_host=3"),
    ],
)
def test_celery_gets_its_own_name_for_a_socket(url: str, expected: str) -> None:
    assert as_broker_url(url) == expected
