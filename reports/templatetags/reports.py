"""What report templates need: the address of the rows behind a figure."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reports.shapes import Cell

register = template.Library()


@register.simple_tag(takes_context=True)
def opens(context: template.Context, value: Any) -> SafeString | str:
    """A cell's text as a link to its rows, for the options of the page and its period (`kept`) or that before (`kept_before`);
    other values as they are.
    """
    # A number and its sign stay on one line.
    text = str(value).replace(" %", "\u00a0%")
    if not isinstance(value, Cell):
        return text
    query = urlencode({**context["kept_before" if value.before else "kept"], **value.asks})
    return format_html('<a href="{}?{}">{}</a>', reverse("reports:rows", args=[value.rows]), query, text)
