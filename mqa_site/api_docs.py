"""The API in words, read from its OpenAPI document, without any script: all operations by resource, and one resource whole."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

# Deeper parts of an answer are not told.
_DEPTH = 8


@cache
def _schema() -> dict[str, Any]:
    """The document, which takes a second to make and is the same as long as the process lives."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Every operation, by resource."""
    schema = _schema()
    return render(request, "api/docs.html", {"info": schema["info"], "resources": _by_resource(schema)})


@require_safe
@login_required
def of_resource(request: HttpRequest, resource: str) -> HttpResponse:
    """The operations of one resource with what each takes and answers."""
    schema = _schema()
    found = _by_resource(schema)
    if resource not in found:
        raise Http404
    operations = [{**one, **_told(schema, one["operation"])} for one in found[resource]]
    return render(request, "api/resource.html", {"resource": resource, "operations": operations})


def _by_resource(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            found.setdefault(path.split("/")[2], []).append(
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": operation.get("summary", ""),
                    "operation": operation,
                }
            )
    return found


def _told(schema: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    status, answer = next(iter(operation["responses"].items()))
    return {
        "paragraphs": operation.get("description", "").replace("`", "").split("\n\n"),
        "parameters": [
            {"name": one["name"], "in": one["in"], "words": _words(schema, {**one["schema"], **one})}
            for one in operation.get("parameters", [])
        ],
        "sent": list(_fields(schema, _body(operation.get("requestBody", {})))),
        "status": status,
        "fields": list(_fields(schema, _body(answer))),
    }


def _body(said: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = next(iter(said.get("content", {}).values()), {})
    body: dict[str, Any] = content.get("schema", {})
    return body


def _fields(schema: dict[str, Any], body: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[dict[str, str]]:
    """Name, type and words of each field, parts of parts with dotted names."""
    body = _resolved(schema, body)
    if body.get("type") == "array":
        body, prefix = _resolved(schema, body["items"]), f"{prefix}[]."
    for key, value in body.get("properties", {}).items():
        is_list = value.get("type") == "array"
        inner = _resolved(schema, value["items"] if is_list else value)
        name = f"{prefix}{key}{'[]' if is_list else ''}"
        kind = "list" if is_list else inner.get("format") or inner.get("type", "any")
        needed = "Needed. " if key in body.get("required", []) else ""
        yield {"name": name, "kind": kind, "words": _words(schema, value), "needed": needed}
        for option in inner.get("oneOf", [inner]) if depth < _DEPTH else []:
            yield from _fields(schema, option, f"{name}.", depth + 1)


def _resolved(schema: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The component that is meant, with what is said beside the reference."""
    one = next(iter(body.get("allOf", [])), body)
    name = one.get("$ref", "").rpartition("/")[2]
    if not name:
        return one
    component: dict[str, Any] = schema["components"]["schemas"].get(name, {})
    return component


def _words(schema: dict[str, Any], value: dict[str, Any]) -> str:
    """What a field means, and what it can be."""
    inner = _resolved(schema, value)
    inner = _resolved(schema, inner["items"]) if inner.get("type") == "array" else inner
    # Of choices the document lists the words as well.
    said = [(value.get("description") or inner.get("description", "")).partition("* `")[0].strip().replace("`", "")]
    if "enum" in inner:
        said.append(f"One of: {', '.join(str(one) for one in inner['enum'] if one not in (None, ''))}.")
    low, high = (inner.get(name) for name in ("minimum", "maximum"))
    if low is not None and high is not None and high < 2**31 - 1:
        said.append(f"{'Above' if inner.get('exclusiveMinimum') else 'From'} {low:g} to {high:g}.")
    if inner.get("maxLength"):
        said.append(f"At most {inner['maxLength']} characters.")
    if value.get("nullable"):
        said.append("Or null.")
    return " ".join(one for one in said if one)
