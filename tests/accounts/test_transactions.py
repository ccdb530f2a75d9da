"""A transaction that the database ended for the moment's sake runs again; any other error is raised at once."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import Technology
from accounts.transactions import ATTEMPTS, in_transaction

DEADLOCK, SERIALIZATION, TIMEOUT, UNIQUE = "40P01", "40001", "57014", "23505"


class Failing:
    """Writes a row, and fails so many times with this error of the database."""

    def __init__(self, times: int, code: str) -> None:
        self.times, self.code, self.ran = times, code, 0

    def __call__(self) -> str:
        self.ran += 1
        Technology.objects.create(name=f"Attempt {self.ran}")
        if self.ran <= self.times:
            with connection.cursor() as cursor:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{self.code}'; END $$")
        return "done"


@pytest.mark.django_db(transaction=True)
def test_it_runs_again_after_what_passes_and_not_after_anything_else() -> None:
    for code in (DEADLOCK, SERIALIZATION):
        failing = Failing(2, code)
        assert (in_transaction(failing), failing.ran) == ("done", 3)
        assert list(Technology.objects.values_list("name", flat=True)) == ["Attempt 3"]
        Technology.objects.all().delete()
    for failing in (Failing(1, TIMEOUT), Failing(ATTEMPTS, DEADLOCK)):
        with pytest.raises(OperationalError):
            in_transaction(failing)
        assert failing.ran == (1 if failing.code == TIMEOUT else ATTEMPTS)
    with pytest.raises(IntegrityError):
        in_transaction(Failing(1, UNIQUE))
    again = Failing(1, UNIQUE)
    assert (in_transaction(again, also=(IntegrityError,)), again.ran) == ("done", 2)
    assert list(Technology.objects.values_list("name", flat=True)) == ["Attempt 2"]


@pytest.mark.django_db(transaction=True)
def test_within_somebody_else_s_transaction_a_deadlock_is_theirs() -> None:
    failing = Failing(1, DEADLOCK)
    with pytest.raises(OperationalError), transaction.atomic():
        in_transaction(failing)
    assert (failing.ran, Technology.objects.count()) == (1, 0)
