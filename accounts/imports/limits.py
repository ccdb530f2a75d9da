"""The bounds of an upload (promises S7, X4)."""

MIB = 1024 * 1024
MAX_BYTES = 512 * MIB
MAX_COLUMNS = 500
# Longer rows are cut and rejected (overlong.py).
PIECE_BYTES = 256 * 1024
MAX_LINE_BYTES = 4 * MIB
MAX_RECORD_LINES = 2_000
# A chunk costs some thirty statements beside its rows; larger ones hold their locks longer and fill the memory.
CHUNK_ROWS = 5_000
CHUNK_BYTES = 8 * MIB
KEEP_DAYS = 30
