"""Settings: sections of typed fields with their history, modules, the logo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import modules, services, setting_pages
from core.access import is_allowed, requires
from core.errors import DomainError, Invalid, NotFound
from core.forms import add_errors
from core.permissions import EDIT_POLICIES, SEE_SETTINGS
from core.setting_pages import PoliciesForm


@requires(SEE_SETTINGS, write=EDIT_POLICIES)
def settings(request: HttpRequest, section: str = "") -> HttpResponse:
    """One section, or what a search finds in all of them; saving changes only what differs from what was shown."""
    if not is_allowed(request.user, EDIT_POLICIES):
        return page(request, "core/settings_pages.html", {"title": _("Settings")})
    found = setting_pages.sections()
    query = request.GET.get("q", "").strip()
    if section and section not in found:
        raise NotFound
    chosen = None if query else found[section or next(iter(found))]
    form = PoliciesForm(chosen.policies if chosen else setting_pages.search(query), request.POST or None)
    if form.is_bound and form.is_valid() and save(request, form):
        return redirect(request.get_full_path())
    context = {
        "title": chosen.title if chosen else _("Found"), "chosen": chosen, "query": query, "form": form,
        "rows": setting_pages.rows_of(form, setting_pages.history_of(form.found)),
        "changed_count": setting_pages.count_changed(form.found.values()),
        "all_count": sum(len(each.policies) for each in found.values()),
    }  # fmt: skip
    return page(request, "core/settings.html", context, status=422 if form.errors else 200)


def save(request: HttpRequest, form: PoliciesForm) -> bool:
    """Store what differs; a refusal stands beside its field and nothing is stored."""
    try:
        count = services.policies_set(values=form.changed(), seen=form.seen(), actor=request.user)
    except DomainError as error:
        add_errors(form, error)
        return False
    messages.success(request, _("Saved") if count else _("Nothing was changed"))
    return True


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Any page of the settings, with the navigation at its left."""
    may = is_allowed(request.user, EDIT_POLICIES)
    nav = {
        "sections": setting_pages.sections().values() if may else [],
        "setting_pages": setting_pages.pages_of(request.user),
    }
    return render(request, template, {**nav, "active": "settings", **context}, status=status)


@requires(EDIT_POLICIES)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what a change replaced."""
    services.policy_undo(entry_id=pk, actor=request.user)
    messages.success(request, _("The former value is back"))
    return redirect((request.headers.get("Referer", "") and request.POST.get("next")) or reverse("core:settings"))


@requires(EDIT_POLICIES)
def module_list(request: HttpRequest) -> HttpResponse:
    """Parts of the product that can be switched off; off leaves no trace but the tables."""
    rows = [
        {
            "module": module, "on": modules.is_switched_on(name), "works": modules.is_on(name),
            "needs": [modules.REGISTRY[other].title for other in modules.needed_by(name)],
            "needing": [modules.REGISTRY[other].title for other in modules.needing(name) if modules.is_switched_on(other)],
            "off_needs": [modules.REGISTRY[other].title for other in modules.needed_by(name) if not modules.is_switched_on(other)],
        }
        for name, module in modules.REGISTRY.items() if module.optional
    ]  # fmt: skip
    return page(request, "core/modules.html", {"title": _("Modules"), "rows": rows, "here": "modules"})


@requires(EDIT_POLICIES)
@require_POST
def module_switch(request: HttpRequest, name: str) -> HttpResponse:
    """Switch one; those that hang on it go with it after a question."""
    on = request.POST.get("on") == "1"
    switched = services.module_switch(name=name, on=on, with_others="others" in request.POST, actor=request.user)
    if switched:
        names = ", ".join(str(modules.REGISTRY[each].title) for each in switched)
        messages.success(
            request, _("On: %(names)s") % {"names": names} if on else _("Off: %(names)s") % {"names": names}
        )
    return redirect("core:modules")


@requires(EDIT_POLICIES)
@require_POST
def logo(request: HttpRequest) -> HttpResponse:
    """Load the clinic's own logo, or take it away."""
    try:
        upload = request.FILES.get("logo")
        if upload is None and "drop" not in request.POST:
            raise Invalid(fields={"logo": _("Choose a picture.")})
        services.logo_set(upload=None if "drop" in request.POST else upload, actor=request.user)
    except DomainError as error:
        messages.error(request, "; ".join(str(text) for texts in error.fields.values() for text in texts) or str(error))
    return redirect("core:settings")
