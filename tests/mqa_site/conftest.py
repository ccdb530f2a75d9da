import pytest
from rest_framework.test import APIClient

from tests.mqa_site.api_clients import key_client


@pytest.fixture
def api() -> APIClient:
    """A client whose key may write."""
    return key_client("write")


@pytest.fixture
def configuring() -> APIClient:
    """A client whose key may configure."""
    return key_client("configure")
