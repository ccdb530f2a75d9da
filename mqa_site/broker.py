"""How the broker is named and asked."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def as_broker_url(url: str) -> str:
    """Celery's name for the server that everyone else calls REDIS_URL: it has its own scheme for unix sockets."""
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def impatient_client(url: str) -> redis.Redis:
    """A client that gives up within a second: a check must answer while the broker does not."""
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
