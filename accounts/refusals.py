"""What an action says when it does not do what was asked."""

from collections.abc import Sequence


class Refusal(Exception):
    """It was not done, and nothing changed: why, in words for whoever asked.

    `code` is for programs, `needs` is what is missing, in words. Pages show the words; the API answers by them
    (accounts/api_errors.py), so its views let them pass.
    """

    code = "refused"
    needs: Sequence[str] = ()
