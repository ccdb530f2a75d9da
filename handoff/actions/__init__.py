"""Everything that changes a handoff: each move one transaction, allowed or refused by one table (domain.md §5)."""

from .claiming import assign, claim, claim_next, release
from .closing import disqualify, recycle
from .dealing import lose, open_opportunity, win
from .notes import add_note, pin_note
from .outreach import log_outreach, mark_touch_wrong
from .passing import accept, pass_to_ae, return_to_sdr
from .splitting import split_off
from .undoing import undo

__all__ = [
    "accept",
    "add_note",
    "assign",
    "claim",
    "claim_next",
    "disqualify",
    "log_outreach",
    "lose",
    "mark_touch_wrong",
    "open_opportunity",
    "pass_to_ae",
    "pin_note",
    "recycle",
    "release",
    "return_to_sdr",
    "split_off",
    "undo",
    "win",
]
