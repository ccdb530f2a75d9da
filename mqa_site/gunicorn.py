"""How gunicorn serves the desk, wherever it runs. WEB_CONCURRENCY, WEB_THREADS and PORT come from the environment."""

import os
from pathlib import Path

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# A what-if may use every core; the workers of Celery, which share the environment, have one each (signals/tasks.py).
os.environ["POLARS_MAX_THREADS"] = os.environ.get("WEB_POLARS_THREADS", str(os.cpu_count() or 1))
timeout = 60
graceful_timeout = 8
keepalive = 5
# A slow disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn's own unlinked file
accesslog = "-" if os.environ.get("ACCESS_LOG", "0") == "1" else None
# The proxy in front (compose.yaml, docs/deploy.md) is the only one who can reach the port and sets these.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
