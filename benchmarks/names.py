"""Precision and recall of the suggestions by company name (accounts/names.py) on labelled pairs that are not ours.

    python -m benchmarks.names cases.csv

A file with the columns name1, name2, is_match; with `schema` only companies and organisations count, with `case_group` each
group is shown. The figures in docs/events.md are of `contrib/name_bench/cases.csv` of github.com/opensanctions/nomenklatura
(MIT, commit 502208c). Its bar is a match decided by a machine; ours is a list that a person looks at, so recall counts more.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.names import LIKELY, similarity

COMPANIES = {"Company", "Organization", "LegalEntity", ""}
BARS = (70.0, 75.0, 80.0, LIKELY, 85.0, 90.0, 95.0)
ALL = "all"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, whether they are said to be of one company, and how alike they are."""

    group: str
    one: str
    other: str
    same: bool
    score: float


def read(path: Path) -> Iterator[Pair]:
    """The labelled pairs of companies in the file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row.get("schema", "") in COMPANIES:
                score = similarity(row["name1"], row["name2"])
                same = row["is_match"].strip().lower() in {"true", "1", "yes"}
                yield Pair(row.get("case_group", ""), row["name1"], row["name2"], same, score)


def measure(pairs: Iterable[Pair], bar: float) -> tuple[float, float, float]:
    """Precision, recall and F1 of calling alike what scores `bar` or more; 0 where nothing is."""
    hit = sum(pair.same and pair.score >= bar for pair in pairs)
    called = sum(pair.score >= bar for pair in pairs)
    same = sum(pair.same for pair in pairs)
    precision, recall = hit / called if called else 0.0, hit / same if same else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if hit else 0.0


def main(path: Path) -> None:
    """Print a line for each group and bar, and what is furthest off."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in read(path):
        groups[pair.group].append(pair)
        groups[ALL].append(pair)
    for name, pairs in sorted(groups.items(), key=lambda item: (item[0] == ALL, item[0])):
        same = sum(pair.same for pair in pairs)
        print(f"{name}: {same} pairs of one company, {len(pairs) - same} of two")
        for bar in BARS if name == ALL else (LIKELY,):
            precision, recall, f1 = measure(pairs, bar)
            print(f"  from {bar:g}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
    print("\nSaid to be one, and least alike:")
    for pair in sorted((pair for pair in groups[ALL] if pair.same), key=lambda pair: pair.score)[:40]:
        print(f"  {pair.score:5.1f}  {pair.one}  |  {pair.other}")
    print("\nSaid to be two, and most alike:")
    for pair in sorted((pair for pair in groups[ALL] if not pair.same), key=lambda pair: -pair.score)[:25]:
        print(f"  {pair.score:5.1f}  {pair.one}  |  {pair.other}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
