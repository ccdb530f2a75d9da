"""What the partial of a chart needs."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.charts import Chart

register = template.Library()

# As Django's json_script does it: nothing in the text ends the element or begins another.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def specification(chart: Chart) -> SafeString:
    """The chart's specification in a template element: htmx takes script elements out of what it swaps in."""
    text = json.dumps(chart.spec, separators=(",", ":")).translate(_ESCAPES)
    return format_html("<template>{}</template>", mark_safe(text))  # noqa: S308 - escaped above
