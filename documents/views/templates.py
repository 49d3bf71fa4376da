"""Templates: the editor with its buttons of places, a trial on a real patient, editions (DOC-01, DOC-02)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.errors import DomainError
from core.forms import Done, form_page, given_version
from documents import permissions, selectors
from documents.drawing import sheet_body
from documents.forms import TemplateForm
from documents.services.templates import body_checked, template_save, template_trash
from documents.slots import FINDERS

LIST = "documents:document-templates-list"


@requires(permissions.EDIT_TEMPLATES)
def template_new(request: HttpRequest) -> HttpResponse:
    """An empty sheet."""
    form = TemplateForm(request.POST or None, is_new=True, initial={"kind": request.GET.get("kind", "contract")})

    def save(valid: Any) -> Done:
        made = template_save(actor=request.user, **valid.cleaned_data)
        return Done(reverse(LIST), _("“%(name)s” is saved.") % {"name": made}, "document-templates")

    return editor(request, form, save, _("New template"))


@requires(permissions.EDIT_TEMPLATES)
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another text is a new edition; papers that are made keep theirs."""
    template = selectors.template_get(pk)
    names = ("name", "kind", "language", "consent", "body", "is_active")
    form = TemplateForm(request.POST or None, initial={name: getattr(template, name) for name in names})

    def save(valid: Any) -> Done:
        made = template_save(
            template_id=pk, actor=request.user, expected_version=given_version(request), **valid.cleaned_data
        )
        return Done(reverse(LIST), _("“%(name)s” is saved.") % {"name": made}, "document-templates")

    more = {"subtitle": _("Edition %(number)s") % {"number": template.number}, "template_row": template}
    versions = selectors.versions_of(template)
    return editor(request, form, save, template.name, current=selectors.template_get(pk), versions=versions, **more)


def editor(request: HttpRequest, form: Any, save: Any, title: Any, **more: Any) -> HttpResponse:
    finder = next(iter(FINDERS), None)
    return form_page(
        request, form, title=title, save=save, template="documents/template.html", cancel_url=reverse(LIST),
        crumbs=[(_("Templates of documents"), reverse(LIST))], active="document-templates", wide=True,
        extra="documents/_editor.html", groups=selectors.groups(), pick_url=finder.pick_url() if finder else "", **more,
    )  # fmt: skip


@requires(permissions.EDIT_TEMPLATES)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The text as it is typed now, for a real patient; what is wrong with it is said instead (DOC-02)."""
    patient = request.POST.get("preview_patient", "")
    context: dict[str, Any] = {}
    try:
        text = body_checked(request.POST.get("body", ""))
        if patient.isascii() and patient.isdigit() and len(patient) < 12:
            subject = selectors.with_choices(selectors.subject_of(request.user, int(patient)), text, {})
            language = request.POST.get("language", "ru")
            draft = selectors.draft_of(text, request.POST.get("kind", ""), subject)
            context = {"sheet": sheet_body(draft.body, language), "blanks": draft.blanks}
        else:
            context = {"sheet": sheet_body(text, "ru")}
    except DomainError as error:
        context = {"refusals": [words for texts in error.fields.values() for words in texts] or [str(error)]}
    return render(request, "documents/_preview.html", context)


@requires(permissions.EDIT_TEMPLATES)
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A former edition, as papers of it were made."""
    template = selectors.template_get(pk)
    row = selectors.version_get(template, number)
    context = {"template_row": template, "row": row, "title": template.name, "sheet": row.body}
    return render(request, "documents/version.html", context | {"active": "document-templates"})


@requires(permissions.EDIT_TEMPLATES)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """To the trash; papers that are made stay."""
    template_trash(template_id=pk, actor=request.user)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse(LIST)})
