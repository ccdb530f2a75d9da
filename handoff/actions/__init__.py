"""Everything that changes a handoff: each move one transaction, allowed or refused by one table (domain.md §5)."""

from .claiming import assign, claim, claim_next, release

__all__ = ["assign", "claim", "claim_next", "release"]
