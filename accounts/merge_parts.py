"""What of this room moves when accounts are merged (accounts/merging.py)."""

from typing import Any

from django.db.models import Exists, Field, OuterRef, Q

from accounts.companies import update_account
from accounts.facts import CONTACT_FIELDS, plain, record_contact_facts
from accounts.merging import Merging, Moved, Part
from accounts.models import Account, AccountIdentifier, AccountTechnology, BuyingCenter, Contact, Domain
from accounts.models.account import Lifecycle

_CUSTOMER = ("lifecycle", "customer_since", "customer_until")
_REVENUE = ("annual_revenue", "annual_revenue_currency")
# Taken over where the kept account knows nothing; what belongs together comes together.
_TAKEN = (
    ("website",), ("industry",), ("employees",), _REVENUE, ("revenue_growth",), ("locations",), ("country",), ("region",),
    ("city",), ("tier",), ("owner_sdr_id",), ("owner_ae_id",), ("parent_id",),
)  # fmt: skip


def filled(merging: Merging) -> dict[str, Any]:
    """The fields that the kept account takes over, and whether it becomes a target account or a customer."""
    gone, kept = merging.gone, merging.kept
    found: dict[str, Any] = {}
    for group in _TAKEN:
        value = getattr(gone, group[0])
        if getattr(kept, group[0]) in (None, "") and value not in (None, ""):
            found |= {name: getattr(gone, name) for name in group}
    if found.get("parent_id") == kept.pk:
        del found["parent_id"]
    if kept.parent_id == gone.pk:
        found["parent_id"] = gone.parent_id if gone.parent_id != kept.pk else None
    if gone.is_target and not kept.is_target:
        found["is_target"] = True
    if kept.lifecycle == Lifecycle.PROSPECT != gone.lifecycle and not kept.customer_since:
        found |= {name: getattr(gone, name) for name in _CUSTOMER}
    custom = {key: value for key, value in gone.custom.items() if key not in kept.custom and value is not None}
    return found | ({"custom": custom} if custom else {})


def _count_fields(merging: Merging) -> int:
    found = filled(merging)
    return len(found) + len(found.get("custom", {1})) - 1


def _move_fields(merging: Merging) -> Moved:
    """[account, field, before, after] of each. The shell is no target account any more: reports count those."""
    if merging.gone.merged_into_id:
        return []
    kept, found = merging.kept, filled(merging)
    custom = found.pop("custom", {})
    said: Moved = [[kept.pk, name, plain(getattr(kept, name)), plain(value)] for name, value in found.items()]
    said += [[kept.pk, f"custom.{key}", None, value] for key, value in custom.items()]
    update_account(account=kept, by=merging.by, source="merge", at=merging.now, custom=custom, **found)
    if merging.gone.is_target:
        said.append([merging.gone.pk, "is_target", True, False])
        update_account(account=merging.gone, by=merging.by, source="merge", at=merging.now, is_target=False)
    return said


def _return_fields(merging: Merging, moved: Moved) -> None:
    for account in (merging.kept, merging.gone):
        custom: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for owner, name, before, after in moved:
            if owner != account.pk:
                continue
            if name.startswith("custom."):
                key = name.removeprefix("custom.")
                custom |= {key: before} if account.custom.get(key) == after else {}
            elif plain(getattr(account, name)) == after:
                field = Account._meta.get_field(name)  # noqa: SLF001 - Django's documented way
                fields[name] = field.to_python(before) if isinstance(field, Field) else before
        update_account(account=account, by=merging.by, source="merge", custom=custom, **fields)


def _count_centers(merging: Merging) -> int:
    return BuyingCenter.objects.filter(account=merging.gone, is_default=False).count()


def _move_centers(merging: Merging) -> Moved:
    known = set(BuyingCenter.objects.filter(account=merging.kept).values_list("name", flat=True))
    own = BuyingCenter.everything.filter(account=merging.gone, is_default=False).order_by("pk")
    names = [row.name for row in own if row.name not in known]
    retired = BuyingCenter.everything.filter(account=merging.kept, name__in=names)
    back = {row.name: row.pk for row in retired}
    retired.update(retired_at=None)
    made = [BuyingCenter(account=merging.kept, name=name) for name in names if name not in back]
    return [*back.values(), *(row.pk for row in BuyingCenter.objects.bulk_create(made))]


def _leave_centers(merging: Merging, moved: Moved) -> None:
    """Who belongs to them has to leave first."""


def _retire_centers(merging: Merging, moved: Moved) -> None:
    """A center that was made stays for the past, since it may have decisions; nobody sees it unless somebody came to it."""
    people = Contact.objects.filter(center=OuterRef("pk"))
    made = BuyingCenter.objects.filter(~Exists(people), pk__in=moved, account=merging.kept)
    made.update(retired_at=merging.now)


def _count_people(merging: Merging) -> int:
    return Contact.objects.filter(account=merging.gone).count()


def _move_people(merging: Merging) -> Moved:
    """[person, center before, center after] of each."""
    centers = merging.centers()
    rows = list(Contact.objects.select_for_update(no_key=True).filter(account=merging.gone).order_by("pk"))
    moved: Moved = [[row.pk, row.center_id, centers.get(row.center_id) if row.center_id else None] for row in rows]
    _place(rows, merging.kept.pk, {pk: after for pk, _, after in moved}, merging)
    return moved


def _return_people(merging: Merging, moved: Moved) -> None:
    before = {pk: (was, became) for pk, was, became in moved}
    found = Contact.objects.select_for_update(no_key=True).filter(pk__in=list(before), account=merging.kept)
    rows = list(found.order_by("pk"))
    _place(rows, merging.gone.pk, {pk: was for pk, (was, _) in before.items()}, merging)


def _place(rows: list[Contact], account_id: int, centers: dict[int, int | None], merging: Merging) -> None:
    """Put people at an account, each into its center, with their history."""
    before = {row.pk: {name: getattr(row, attribute) for name, attribute in CONTACT_FIELDS.items()} for row in rows}
    for row in rows:
        row.account_id, row.center_id = account_id, centers[row.pk]
    Contact.objects.bulk_update(rows, ["account", "center"], batch_size=2_000)
    said = [
        (row.pk, name, value)
        for row in rows
        for name, was in before[row.pk].items()
        if (value := getattr(row, CONTACT_FIELDS[name])) != was
    ]
    record_contact_facts(said, at=merging.now, by=merging.by, source="merge")


def _count_domains(merging: Merging) -> int:
    return Domain.objects.filter(account=merging.gone).count()


def _move_domains(merging: Merging) -> Moved:
    """[domain, was it primary] of each."""
    rows = list(Domain.objects.filter(account=merging.gone).order_by("pk"))
    has_primary = Domain.objects.filter(account=merging.kept, is_primary=True).exists()
    for row in rows:
        stays = row.is_primary and not has_primary
        Domain.objects.filter(pk=row.pk).update(account=merging.kept, is_primary=stays)
    return [[row.pk, row.is_primary] for row in rows]


def _return_domains(merging: Merging, moved: Moved) -> None:
    for pk, was_primary in moved:
        Domain.objects.filter(pk=pk, account=merging.kept).update(account=merging.gone, is_primary=was_primary)
    _return_newcomers(merging)
    if not Domain.objects.filter(account=merging.kept, is_primary=True).exists():
        first = Domain.objects.filter(account=merging.kept).order_by("pk").values("pk")[:1]
        Domain.objects.filter(pk__in=first).update(is_primary=True)


def _return_newcomers(merging: Merging) -> None:
    """Who has come since from a domain that returns goes with it."""
    names = Domain.objects.filter(account=merging.gone).values("name")
    found = Contact.objects.select_for_update(no_key=True).filter(
        account=merging.kept, domain__in=names, created_at__gte=merging.at
    )
    rows = list(found.order_by("pk"))
    _place(rows, merging.gone.pk, {row.pk: None for row in rows}, merging)


def _count_ids(merging: Merging) -> int:
    return AccountIdentifier.objects.filter(account=merging.gone).count()


def _move_ids(merging: Merging) -> Moved:
    found = AccountIdentifier.objects.filter(account=merging.gone)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    found.update(account=merging.kept)
    return ids


def _return_ids(merging: Merging, moved: Moved) -> None:
    AccountIdentifier.objects.filter(pk__in=moved, account=merging.kept).update(account=merging.gone)


def _new_technologies(merging: Merging) -> list[tuple[int, str]]:
    """What the kept account lacks. What somebody took from it since the merge, strays don't bring back."""
    every = AccountTechnology.objects.order_by("pk")
    lately = Q(known_until__isnull=True) | Q(known_until__gte=merging.at)
    known = set(every.filter(lately, account=merging.kept).values_list("technology_id", "status"))
    own = every.filter(account=merging.gone, known_until__isnull=True).values_list("technology_id", "status")
    return [pair for pair in own if pair not in known]


def _move_technologies(merging: Merging) -> Moved:
    made = [
        AccountTechnology(account=merging.kept, technology_id=technology, status=status, known_from=merging.now)
        for technology, status in _new_technologies(merging)
    ]
    return [row.pk for row in AccountTechnology.objects.bulk_create(made)]


def _return_technologies(merging: Merging, moved: Moved) -> None:
    found = AccountTechnology.objects.filter(pk__in=moved, account=merging.kept, known_until__isnull=True)
    found.update(known_until=merging.now)


def _count_children(merging: Merging) -> int:
    return Account.objects.filter(~Q(pk=merging.kept.pk), parent=merging.gone).count()


def _move_children(merging: Merging) -> Moved:
    found = Account.objects.filter(~Q(pk=merging.kept.pk), parent=merging.gone)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    found.update(parent=merging.kept)
    return ids


def _return_children(merging: Merging, moved: Moved) -> None:
    Account.objects.filter(pk__in=moved, parent=merging.kept).update(parent=merging.gone)


PARTS = (
    Part(
        "fields",
        "Fields",
        "Taken over where the kept account knows nothing; what it knows stands.",
        _count_fields,
        _move_fields,
        _return_fields,
    ),
    Part(
        "centers",
        "Named buying centers",
        "Their people come to the center of the same name, which is made where there is none.",
        _count_centers,
        _move_centers,
        _leave_centers,
        settle=_retire_centers,
    ),
    Part("people", "People", "They come to the kept account.", _count_people, _move_people, _return_people),
    Part(
        "domains",
        "Domains",
        "They become the kept account’s, and what comes from them later does too.",
        _count_domains,
        _move_domains,
        _return_domains,
    ),
    Part("ids", "Ids in other systems", "They lead to the kept account.", _count_ids, _move_ids, _return_ids),
    Part(
        "technologies",
        "Technologies",
        "Those that the kept account lacks are added.",
        lambda merging: len(_new_technologies(merging)),
        _move_technologies,
        _return_technologies,
    ),
    Part(
        "children",
        "Subsidiaries",
        "They become the kept account’s.",
        _count_children,
        _move_children,
        _return_children,
    ),
)
