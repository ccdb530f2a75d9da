"""Companies, the people in them, and the people who work the desk."""

from .account import (
    Account,
    AccountIdentifier,
    AccountTechnology,
    BuyingCenter,
    CustomField,
    Domain,
    Technology,
)
from .contact import Contact, Persona, PersonaRule, SeniorityRule, VisitorIdentity
from .history import AccountFact, ContactFact
from .key import ApiKey, Source
from .user import Team, User

__all__ = [
    "Account",
    "AccountFact",
    "AccountIdentifier",
    "AccountTechnology",
    "ApiKey",
    "BuyingCenter",
    "Contact",
    "ContactFact",
    "CustomField",
    "Domain",
    "Persona",
    "PersonaRule",
    "SeniorityRule",
    "Source",
    "Team",
    "Technology",
    "User",
    "VisitorIdentity",
]
