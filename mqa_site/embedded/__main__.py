"""`python -m mqa_site.embedded run|test|check|format|bench|manage`: what the make targets of those names do."""

import os
import sys

from mqa_site.embedded.bootstrap import CHECKOUT, Trouble, explain


def main(arguments: list[str]) -> int:
    """Do what the first argument names. Returns an exit status; Trouble becomes one sentence."""
    os.umask(0o022)
    command, *rest = arguments or ["run"]
    try:
        if command == "run":
            from mqa_site.embedded.run import run  # each command loads only what it needs

            return run()
        if command == "manage":
            from mqa_site.embedded.manage import manage

            return manage(rest)
        from mqa_site.embedded import suite

        return suite.COMMANDS[command]()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        print(explain(error, CHECKOUT), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
