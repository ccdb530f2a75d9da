"""What the API answers when it does not do what was asked: always `{code, message, errors}`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as Invalid
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.refusals import Refusal

# Of a refusal by its code, where it is not that somebody or something was in the way.
_STATUS = {"not_found": 404, "role": 403, "needs": 422}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Any refusal in the one form; None for what is a fault of ours."""
    if isinstance(error, Invalid):
        error = exceptions.ValidationError(said(error))
    elif isinstance(error, Refusal):
        errors = {"needs": list(error.needs)} if error.needs else {}
        return answer(_STATUS.get(error.code, status.HTTP_409_CONFLICT), error.code, str(error), errors)
    elif isinstance(error, ProtectedError):
        used = next(iter(error.protected_objects))._meta.verbose_name_plural  # noqa: SLF001 - Django's documented API
        return answer(status.HTTP_409_CONFLICT, "in_use", f"It is in use by {used}. Change or delete these first.")
    elif isinstance(error, IntegrityError):
        return answer(status.HTTP_409_CONFLICT, "conflict", "Somebody else changed the same just now. Try again.")
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    if isinstance(error, exceptions.ValidationError):
        data = response.data
        errors = data if isinstance(data, dict) else {"non_field_errors": data}
        response.data = {"code": "invalid", "message": first_said(errors), "errors": errors}
    else:
        response.data = {"code": error.default_code, "message": str(error.detail), "errors": {}}
    return response


def answer(code: int, name: str, message: str, errors: dict[str, Any] | None = None) -> Response:
    """A refusal."""
    return Response({"code": name, "message": message, "errors": errors or {}}, status=code)


def said(error: Invalid) -> dict[str, list[str]]:
    """Django's error by field."""
    if hasattr(error, "error_dict"):
        return {("non_field_errors" if k == "__all__" else k): v for k, v in error.message_dict.items()}
    return {"non_field_errors": list(error.messages)}


def first_said(errors: Any) -> str:
    """The first thing that is wrong, with its field: `items.3.email: …`."""
    place: list[str] = []
    found: Any = errors
    while isinstance(found, list | dict) and found:
        if isinstance(found, dict):
            name, found = next(iter(found.items()))
            place.append(str(name))
        else:
            at, found = next(((at, one) for at, one in enumerate(found) if one), (0, ""))
            place += [str(at)] if isinstance(found, dict) else []
    if not place:
        return "This request can't be taken."
    where = ".".join(name for name in place if name != "non_field_errors")
    return f"{where}: {found}" if where else str(found)
