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
from .erasure import ErasedKey, Erasure
from .history import AccountFact, ContactFact
from .imports import Import, ImportChunk, ImportKey, ImportPiece, SavedMapping
from .key import ApiKey, Source
from .merge import AccountMerge
from .user import Team, User

__all__ = [
    "Account",
    "AccountFact",
    "AccountIdentifier",
    "AccountMerge",
    "AccountTechnology",
    "ApiKey",
    "BuyingCenter",
    "Contact",
    "ContactFact",
    "CustomField",
    "Domain",
    "ErasedKey",
    "Erasure",
    "Import",
    "ImportChunk",
    "ImportKey",
    "ImportPiece",
    "Persona",
    "PersonaRule",
    "SavedMapping",
    "SeniorityRule",
    "Source",
    "Team",
    "Technology",
    "User",
    "VisitorIdentity",
]
