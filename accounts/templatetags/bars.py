"""Bars as SVG, whose text stands beside them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def report_bar(value: float, top: float, kind: str = "") -> SafeString:
    """A bar of `value` out of `top`; its text stands beside it, so it is hidden from assistive technology."""
    width = 0.0 if top <= 0 else max(0.0, min(1.0, value / top)) * 100
    return format_html(
        '<svg class="report-bar {}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M0 0h{}v1H0z"/></svg>',
        kind,
        f"{width:.2f}",
    )
