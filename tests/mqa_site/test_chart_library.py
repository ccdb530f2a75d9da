"""The chart library is an ordinary static file, made once for its version."""

from importlib.metadata import version
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from mqa_site import chart_library
from mqa_site.chart_library import NAME, ChartLibraryFinder, made


@pytest.fixture(autouse=True)
def forgotten() -> None:
    made.cache_clear()


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file lies, with something in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "mqa-desk" / f"vl-convert-{version('vl-convert-python')}" / NAME
    file.parent.mkdir(parents=True)
    file.write_text("bundle")
    return file


def test_it_is_taken_from_the_cache_of_its_version(cached: Path) -> None:
    assert finders.find(NAME) == str(cached)
    assert ChartLibraryFinder().find("css/base.css") == []
    ((path, storage),) = ChartLibraryFinder().list(None)
    assert (path, storage.path(path)) == (NAME, str(cached))


def test_it_is_kept_for_this_process_alone_where_no_cache_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    own = chart_library._folder()
    assert own == chart_library._folder()
    assert (own.name.startswith("mqa-desk-charts-"), list(own.iterdir())) == (True, [])


def test_it_is_the_whole_library() -> None:
    text = made().read_text()
    assert len(text) > 800_000
    assert "window.vegaEmbed=" in text[-60:]
