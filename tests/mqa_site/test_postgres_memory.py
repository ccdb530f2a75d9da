"""How much PostgreSQL of `make run` keeps in memory."""

from pathlib import Path

import pytest

from mqa_site.embedded.postgres import memory, shared_buffers

GB = 1 << 30


@pytest.mark.parametrize(
    ("has", "kept"),
    [(GB, "256MB"), (2 * GB, "256MB"), (8 * GB, "1024MB"), (24 * GB, "3072MB"), (256 * GB, "4096MB")],
)
def test_it_keeps_an_eighth_within_bounds(has: int, kept: str) -> None:
    assert shared_buffers(has) == kept


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    of_all = memory(limit)
    limit.write_text("max\n")
    assert memory(limit) == of_all
    limit.write_text(f"{of_all + 1}\n")
    assert memory(limit) == of_all
    limit.write_text(f"{64 << 20}\n")
    assert memory(limit) == 64 << 20
