"""What every page's frame needs (settings.TEMPLATES names it)."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mqa_site import navigation


def desk(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `nav_end`, `home_url`, `search_url`, `palette`. Lazy: a partial, which draws no frame, costs nothing."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"nav": [], "nav_end": [], "home_url": "/", "search_url": "", "palette": False}
    tree = SimpleLazyObject(lambda: navigation.build(request))
    return {
        "nav": SimpleLazyObject(lambda: tree[0]),
        "nav_end": SimpleLazyObject(lambda: tree[1]),
        "home_url": "/",
        "search_url": navigation.find("desk:search") or "",
        "palette": True,
    }
