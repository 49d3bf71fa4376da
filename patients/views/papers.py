"""Papers of a patient: the tab, choose - look - make - print, a link for signing, a signature with a pen (PAT-16, DOC-03)."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.access import is_allowed, requires
from core.errors import NotFound
from documents import selectors as papers
from documents.drawing import sheet_body
from documents.permissions import EDIT_TEMPLATES, MAKE_PAPERS, SEE_PAPERS
from documents.services.papers import paper_make, paper_opened, paper_sign_by_hand
from documents.services.signing import link_give, link_revoke
from patients import selectors
from patients.papers import signer_of, signers, subject_for
from patients.selectors.cards import merged_ids
from patients.views.cards import live_card

FRESH = "paper-link"  # the secret just made, kept in the session for one page


def tab_of(pk: int) -> str:
    return reverse("patients:papers", args=[pk])


@requires(SEE_PAPERS)
def tab(request: HttpRequest, pk: int) -> HttpResponse:
    """Every paper of the card with its state; what may be made (PAT-16)."""
    patient = selectors.patient_get(request.user, pk)
    may_make = is_allowed(request.user, MAKE_PAPERS) and patient.merged_into_id is None
    context = {
        "body": "patients/_papers.html", "lines": papers.papers_of({pk, *merged_ids(pk)}, request.user), "may_make": may_make,
        "templates": papers.templates_offered(request.user, patient.language or "ru") if may_make else [],
        "link_url": request.session.pop(FRESH, ""), "may_edit_templates": is_allowed(request.user, EDIT_TEMPLATES),
    }  # fmt: skip
    return render(
        request,
        selectors.card_template(request),
        {**selectors.card_page(patient, request.user, "papers"), **context},
    )


@requires(MAKE_PAPERS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen paper before it is made: what it says, what stayed empty, who signs; POST makes it (DOC-03)."""
    patient = live_card(request, pk)
    given = request.POST if request.method == "POST" else request.GET
    if "template" not in given:
        return redirect(tab_of(pk))  # where one is chosen
    template = offered(request, given.get("template", ""), patient.language)
    branch = request.branch  # type: ignore[attr-defined]
    subject = replace(subject_for(patient, request.user, branch), language=template.language)
    subject = with_signer(papers.with_choices(subject, template.body, given), given.get("representative", ""))
    if request.method == "POST":
        paper = paper_make(
            template_id=template.pk, subject=subject, signer_name=signer_of(subject), actor=request.user,
            representative_id=subject.chosen.get("representative"),
        )  # fmt: skip
        messages.success(request, _("Made: %(name)s") % {"name": paper})
        return redirect(f"{tab_of(pk)}?made={paper.pk}")
    draft = papers.draft_of(template.body, template.kind, subject)
    choices = [choice for choice in papers.choices_of(template.body, subject) if choice[0] != "representative"]
    context = {
        "body": "patients/_paper_new.html", "template_row": template, "sheet": sheet_body(draft.body, template.language),
        "blanks": draft.blanks, "choices": choices, "signers": signers(subject), "chosen": subject.chosen,
    }  # fmt: skip
    return render(
        request,
        selectors.card_template(request),
        {**selectors.card_page(patient, request.user, "papers"), **context},
    )


def offered(request: HttpRequest, asked: str, language: str) -> Any:
    """The template by its number, from those that this user may make papers of."""
    found = next((row for row in papers.templates_offered(request.user, language) if str(row.pk) == asked), None)
    if found is None:
        raise NotFound
    return found


def with_signer(subject: Any, asked: str) -> Any:
    """A representative signs when he is chosen, or is the only one there is and nothing was chosen yet."""
    people = [pk for pk, _words in signers(subject)]
    picked = next((pk for pk in people if str(pk) == asked), None)
    if picked is None and not asked and len(people) == 1:
        picked = people[0]
    rest = {key: value for key, value in subject.chosen.items() if key != "representative"}
    return replace(subject, chosen=rest | ({"representative": picked} if picked else {}))


def paper_of(request: HttpRequest, pk: int, row: int) -> Any:
    """A paper of this card that the user may read."""
    selectors.patient_get(request.user, pk)
    found = papers.papers_visible_to(request.user).filter(pk=row, patient_id__in={pk, *merged_ids(pk)}).first()
    if found is None:
        raise NotFound
    return found


@requires(SEE_PAPERS)
@never_cache
def pdf(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The kept copy, the signed one where there is one; `?copy=first` the one before the signature."""
    paper = paper_of(request, pk, row)
    copy = papers.copy_of(paper) if request.GET.get("copy") == "first" else papers.newest_copy(paper)
    paper_opened(paper=paper, actor=request.user)
    return FileResponse(copy.file.content.open("rb"), filename=copy.file.name, content_type="application/pdf")


@requires(MAKE_PAPERS)
@require_POST
def signed(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The printed sheet was signed with a pen."""
    paper = paper_of(request, pk, row)
    paper_sign_by_hand(paper_id=paper.pk, actor=request.user)
    messages.success(request, _("Signature recorded"))
    return redirect(tab_of(pk))


@requires(MAKE_PAPERS)
@require_POST
def link(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """A secret by which the patient signs on a tablet or on his own phone; shown only once (DOC-13)."""
    paper = paper_of(request, pk, row)
    code = link_give(paper_id=paper.pk, actor=request.user)
    request.session[FRESH] = request.build_absolute_uri(reverse("documents:sign", args=[code]))
    return redirect(tab_of(pk))


@requires(MAKE_PAPERS)
@require_POST
def link_end(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The secret works no more."""
    paper = paper_of(request, pk, row)
    link_revoke(paper_id=paper.pk, actor=request.user)
    messages.success(request, _("The link is taken back"))
    return redirect(tab_of(pk))
