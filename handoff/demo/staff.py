"""The people who work Northbeam's desk, and their log-ins. Everybody has the one password that is printed."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Team, User
from accounts.roles import Capability, Role, allows

PASSWORD = "northbeam-demo"  # noqa: S105 - printed by `demo_logins`, of invented people
DOMAIN = "demo.example"


class Member(NamedTuple):
    """A member of the staff. `key` is the mail name, by which the demo's world calls its owners."""

    key: str
    name: str
    role: Role
    team: str
    time_zone: str
    does: str

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.key}@{DOMAIN}"


STAFF: tuple[Member, ...] = (
    Member("priya", "Priya Nair", Role.SDR, "Sales development", "Europe/Amsterdam", "SDR, EMEA"),
    Member("marcus", "Marcus Webb", Role.SDR, "Sales development", "America/New_York", "second SDR, Americas and APAC"),
    Member("tom", "Tom Okafor", Role.AE, "Enterprise sales", "Europe/London", "AE, EMEA"),
    Member("elena", "Elena Ruiz", Role.AE, "Enterprise sales", "America/New_York", "second AE, Americas and APAC"),
    Member("judith", "Judith Aalto", Role.MANAGER, "Sales development", "Europe/Amsterdam", "manager"),
    Member("ravi", "Ravi Menon", Role.MARKETING_OPS, "Marketing", "Europe/Amsterdam", "marketing operations"),
    Member("admin", "Ada Lindholm", Role.ADMIN, "Marketing", "Europe/Amsterdam", "admin"),
)


def hire() -> dict[str, User]:
    """Create the staff with the demo password; by key."""
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in dict.fromkeys(m.team for m in STAFF)}
    encoded = make_password(PASSWORD)  # once for all: hashing is slow on purpose
    return {
        member.key: User.objects.create(
            email=member.email,
            password=encoded,
            name=member.name,
            role=member.role,
            team=teams[member.team],
            time_zone=member.time_zone,
            is_staff=allows(member.role, Capability.CONFIGURE),
            is_superuser=member.role == Role.ADMIN,
        )
        for member in STAFF
    }


def logins() -> list[tuple[str, str, str]]:
    """(what they do, e-mail, password) of the demo users who are still active and still have the demo password."""
    emails = [member.email for member in STAFF]
    encoded = dict(User.objects.filter(email__in=emails, is_active=True).values_list("email", "password"))
    good = {text for text in set(encoded.values()) if check_password(PASSWORD, text)}
    return [(member.does, member.email, PASSWORD) for member in STAFF if encoded.get(member.email) in good]
