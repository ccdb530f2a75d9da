"""What each role may do: the one table that pages, API and admin use (domain.md §1). Pure."""

from enum import StrEnum


class Role(StrEnum):
    """A user's role."""

    SDR = "sdr"
    AE = "ae"
    MANAGER = "manager"
    MARKETING_OPS = "marketing_ops"
    ADMIN = "admin"


class Capability(StrEnum):
    """Something that a role may do. Whose handoff it is, is checked besides (handoff/transitions.py)."""

    VIEW = "view"
    WORK_QUEUE = "work_queue"
    RECEIVE = "receive"
    ASSIGN = "assign"
    WRITE_NOTES = "write_notes"
    EDIT_PEOPLE = "edit_people"
    CHOOSE_TARGETS = "choose_targets"
    MATCH = "match"
    MERGE = "merge"
    CONFIGURE = "configure"
    PUBLISH_MODEL = "publish_model"
    IMPORT = "import"
    EXPORT = "export"
    RESTATE = "restate"
    MANAGE_USERS = "manage_users"
    MANAGE_KEYS = "manage_keys"
    ERASE = "erase"


_EVERYBODY = frozenset(Role)
_OPERATIONS = frozenset({Role.MARKETING_OPS, Role.ADMIN})

TABLE: dict[Capability, frozenset[Role]] = {
    Capability.VIEW: _EVERYBODY,
    Capability.WRITE_NOTES: _EVERYBODY,
    Capability.WORK_QUEUE: frozenset({Role.SDR, Role.MANAGER, Role.ADMIN}),
    Capability.RECEIVE: frozenset({Role.AE, Role.MANAGER, Role.ADMIN}),
    Capability.ASSIGN: frozenset({Role.MANAGER, Role.ADMIN}),
    Capability.EDIT_PEOPLE: _EVERYBODY,
    Capability.CHOOSE_TARGETS: frozenset({Role.MANAGER}) | _OPERATIONS,
    Capability.MATCH: frozenset({Role.SDR, Role.MANAGER}) | _OPERATIONS,
    Capability.MERGE: frozenset({Role.MANAGER}) | _OPERATIONS,
    Capability.CONFIGURE: _OPERATIONS,
    Capability.PUBLISH_MODEL: _OPERATIONS,
    Capability.IMPORT: _OPERATIONS,
    Capability.EXPORT: frozenset({Role.MANAGER}) | _OPERATIONS,
    Capability.RESTATE: frozenset({Role.MANAGER}) | _OPERATIONS,
    Capability.MANAGE_USERS: frozenset({Role.ADMIN}),
    Capability.MANAGE_KEYS: frozenset({Role.ADMIN}),
    Capability.ERASE: frozenset({Role.ADMIN}),
}

# What decides how the desk works and who works there. A key needs the scope `configure` for these, `write` for the rest.
CONFIGURING = frozenset(
    {
        Capability.ASSIGN,
        Capability.CONFIGURE,
        Capability.PUBLISH_MODEL,
        Capability.MANAGE_USERS,
        Capability.MANAGE_KEYS,
        Capability.ERASE,
    }
)


def allows(role: str, capability: Capability) -> bool:
    """True when a user of `role` may do `capability`."""
    return role in TABLE[capability]
