"""Where this room may hold data of a person (accounts/personal_data.py)."""

from accounts.personal_data import in_texts

PLACES = (in_texts("restatements", "Comments on restated months", "reports.Restatement.comment"),)
