"""The pages of the house itself."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mqa_site import design


@require_safe
@login_required
def design_page(request: HttpRequest) -> HttpResponse:
    """Every component of the design system, with few, many and no rows."""
    return render(request, "design.html", design.context(timezone.now()))
