"""The chart library as an ordinary static file: bundled once from the installed wheel, never committed.

`charts/vega.js` holds Vega, Vega-Lite and Vega-Embed. Bundling takes seconds, so the file is kept for its version in this
user's cache (XDG_CACHE_HOME), or for the life of this process where that may not be written.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NAME = "charts/vega.js"
SNIPPET = "window.vegaEmbed = vegaEmbed;"  # what static/js/charts.js calls


class ChartLibraryFinder(BaseFinder):
    """Finds NAME for collectstatic, and for servers that take static files from where they lie."""

    def check(self, **kwargs: Any) -> list[Any]:  # noqa: ARG002 - Django's signature
        """Nothing to set, nothing to check."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: ARG002 - Django's signature
        """Where it lies; nothing for any other path."""
        if path != NAME:
            return []
        found = str(made())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:  # noqa: ARG002 - Django's signature
        """The one file."""
        file = made()
        yield NAME, FileSystemStorage(location=str(file.parent.parent))


@cache
def made() -> Path:
    """The file, bundled if it isn't there yet."""
    file = _folder() / NAME
    if not file.exists():
        import vl_convert

        file.parent.mkdir(parents=True, exist_ok=True)
        # Two that make it at once write the same; a reader sees all of it or nothing.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as bundle:
            bundle.write(vl_convert.javascript_bundle(SNIPPET))
        Path(bundle.name).chmod(0o644)
        Path(bundle.name).replace(file)
    return file


def _folder() -> Path:
    try:
        cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = cached / "mqa-desk" / f"vl-convert-{version('vl-convert-python')}"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home, or none to write in
        return Path(_own().name)
    return folder if os.access(folder, os.W_OK) or (folder / NAME).exists() else Path(_own().name)


@cache
def _own() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes when this process does."""
    return tempfile.TemporaryDirectory(prefix="mqa-desk-charts-")
