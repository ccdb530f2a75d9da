#!/usr/bin/env python
"""Django's command line for MQA Desk: on DATABASE_URL, else on the desk that `make run` is running."""

import os
import sys

from django.core.management import execute_from_command_line

from mqa_site.embedded.bootstrap import state_folder
from mqa_site.embedded.home import running

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mqa_site.settings")
    if not os.environ.get("DATABASE_URL"):
        published = running(state_folder())
        if published is None:
            sys.exit(
                f"No desk runs on {state_folder()} and DATABASE_URL is not set: start `make run`, or let "
                "`make manage ARGS=...` start the servers for one command."
            )
        os.environ.update({name: value for name, value in published.items() if not os.environ.get(name)})
    execute_from_command_line(sys.argv)
