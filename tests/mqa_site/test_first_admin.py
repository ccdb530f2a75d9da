"""The first admin of an empty desk."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts.models import User
from accounts.roles import Role


@pytest.mark.django_db
def test_the_first_admin_can_sign_in_with_what_is_printed() -> None:
    out = StringIO()
    call_command("first_admin", email="ada@acme.example", stdout=out)

    heading, login = out.getvalue().splitlines()
    email, password = login.split()
    assert (heading, email) == ("The first admin, shown this once:", "ada@acme.example")
    user = User.objects.get()
    assert user.check_password(password)
    assert (user.role, user.is_staff, user.is_superuser) == (Role.ADMIN, True, True)
    assert authenticate(email=email, password=password) == user


@pytest.mark.django_db
def test_where_somebody_can_sign_in_nothing_happens() -> None:
    User.objects.create_user("sdr@acme.example", "secret", name="S", role=Role.SDR)
    out = StringIO()

    call_command("first_admin", stdout=out)

    assert out.getvalue() == ""
    assert list(User.objects.values_list("email", flat=True)) == ["sdr@acme.example"]
