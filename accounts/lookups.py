"""`name__ilike="%stone%"`: a search without regard to case that the trigram indexes serve.

Django's own `icontains` compares UPPER(column), which an index on the column cannot answer.
"""

from typing import Any

from django.db.models import CharField, Lookup


@CharField.register_lookup
class ILike(Lookup):
    """PostgreSQL's ILIKE; the pattern is the caller's, see `containing`."""

    lookup_name = "ilike"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """`column ILIKE pattern`."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", [*left_params, *right_params]


def containing(text: str) -> str:
    """The pattern for `text` anywhere in a value; what LIKE would read as a wildcard stands for itself."""
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
