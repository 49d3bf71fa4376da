"""What happened and what was thrown away: the audit with its columns, the trash."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import records
from core.access import requires
from core.permissions import RESTORE_TRASH, SEE_AUDIT
from core.trash import trash_restore


@requires(SEE_AUDIT)
def audit_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: facts, and which columns changed from what to what in the same transaction (SET-18)."""
    row = records.entry_of(request.user, pk)
    context = {"row": row, "title": row.sentence, "facts": records.facts_of(row), "changes": records.changes_of(row)}
    return render(request, "core/audit_entry.html", context)


@requires(RESTORE_TRASH)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a row back with the children that went with it; says what has taken its place."""
    entry = records.trash_entry_of(request.user, pk)
    row = trash_restore(entry.pk, actor=request.user)
    messages.success(request, _("%(name)s is back.") % {"name": row})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect("core:trash-list")
