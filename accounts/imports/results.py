"""What was rejected, as a file to mend and upload again."""

from collections.abc import Iterator
from pathlib import PurePath

from accounts.imports.reading import printable
from accounts.imports.worker import unpack
from accounts.models.imports import Import, ImportChunk


def rejected_rows(owner: Import) -> Iterator[list[str]]:
    """The rejected rows in the order of the file, each cut or filled to the header's width, with line and reason."""
    width = len(owner.header)
    chunks = ImportChunk.objects.filter(owner=owner).order_by("number").values_list("rejected", flat=True)
    for data in chunks.iterator(chunk_size=20):
        for line, reason, cells in unpack(bytes(data)):
            if cells is None:
                continue
            kept = [*cells[: width - 1], " | ".join(cells[width - 1 :])] if len(cells) > width else cells
            filled = [*kept, *[""] * (width - len(kept))]
            yield [*(printable(cell) for cell in filled), str(line), printable(reason)]


def file_name(owner: Import) -> str:
    """The download's name, without anything that a header line can't hold."""
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "-" for c in PurePath(owner.file_name).stem)
    return f"{stem[:80]} rejected rows"
