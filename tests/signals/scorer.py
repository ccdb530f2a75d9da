"""A scorer as a process of its own, for tests that kill it or let two race: `python -m tests.signals.scorer [hold]`.

Scores until nothing is due. With `hold` it stops, claims and writes done, before the commit of its first batch, says
"holding" and waits to be killed.
"""

import os
import sys
import time

import django


def main(hold: bool) -> None:
    """Run in a process whose environment names the test's database."""
    django.setup()
    from signals import rescore
    from tests.signals.given import NOW

    if hold:
        store = rescore.store

        def store_and_hold(rows: list[dict[str, object]]) -> None:
            store(rows)
            print("holding", flush=True)
            time.sleep(600)

        rescore.store = store_and_hold
    print(f"scored {rescore.rescore_until_done(now=NOW)}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mqa_site.settings")
    main("hold" in sys.argv)
