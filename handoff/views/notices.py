"""The bell: what a user was told, and what is read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import DeskRequest
from handoff import page_queries
from handoff.models import Notice
from handoff.notice_forms import NoticesForm
from handoff.notify import mark_read


@require_safe
@login_required
def notices(request: DeskRequest) -> HttpResponse:
    """Everything that this user was told, the latest first."""
    page = Paginator(page_queries.notices(request.user), page_queries.PER_PAGE).get_page(request.GET.get("page"))
    unread = Notice.objects.filter(recipient=request.user, read_at__isnull=True).count()
    return render(request, "desk/notices.html", {"page": page, "rows": page.object_list, "unread": unread})


@require_POST
@login_required
def read(request: DeskRequest) -> HttpResponse:
    """Marks one notice (`notice`), or all, as read; one leads to what it is about."""
    one = request.POST.get("notice", "")
    if not one.isdigit():
        mark_read(user=request.user)
        return redirect("desk:notices")
    notice = Notice.objects.filter(recipient=request.user, pk=int(one)).first()
    if notice is None:
        return redirect("desk:notices")
    mark_read(user=request.user, notice_id=notice.pk)
    return redirect(reverse("desk:account", args=[notice.account_id]) if notice.account_id else reverse("desk:notices"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mail(request: DeskRequest) -> HttpResponse:
    """How this user is told: by kind in the bell, by e-mail at once or in the digest, and when that comes."""
    form = NoticesForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("desk:mail")
    return render(request, "desk/mail.html", {"form": form}, status=422 if form.is_bound else 200)
