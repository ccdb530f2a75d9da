"""`make bench`: every measurement of the promises that runs as it stands, or those named (BENCH="ingest scoring")."""

import subprocess
import sys

# `names`, `clients` and `published` need a file or a folder and are run by themselves.
# By promise: S1 and S2 beside DuckDB, S1 and S8, S2, S3, S4, S5, S6, S7, the scoring function alone, every report, R1.
ALL = (
    "beside_duckdb",
    "full_evaluation",
    "what_if",
    "rescore_one",
    "latency",
    "ingest",
    "pages",
    "import_csv",
    "scoring",
    "reports",
    "faults",
)


def main(names: list[str]) -> int:
    """Run one after another, each in a process of its own; the number of those that failed is the exit status."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"No measurement is called {', '.join(unknown)}. There are: {', '.join(ALL)}.")
        return 2
    failed = 0
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
