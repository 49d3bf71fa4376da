"""A paper of a patient is made once and never changed; a signature on it is recorded (DOC-03, DOC-15)."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.numbers import number_next
from core import clock
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import NotFound
from core.events import publish
from documents.drawing import sheet_body
from documents.errors import PaperSignedAlready, TextChanged
from documents.events import PaperSigned
from documents.models import Document, Paper, Signature, Template
from documents.models.templates import NUMBERED
from documents.selectors import copy_of, draft_of, is_outdated
from documents.services.printing import document_print
from documents.slots import Subject

sentence("documents.paper.made", _("Document made: %(object)s"), "file-text", "blue")
sentence("documents.paper.printed", _("Document opened for print: %(object)s"), "printer", "grey", is_timeline=False)
sentence("documents.paper.signed", _("Document signed: %(object)s, %(signer)s"), "file-check", "green")

SHEET = "documents/paper.html"


@command
def paper_make(
    *, template_id: int, subject: Subject, signer_name: str, actor: Any, representative_id: int | None = None
) -> Paper:
    """Fill a template in and keep it as PDF with its hash (DOC-02, DOC-15). A mistake is a paper that nobody signs.

    The number comes without gaps where the kind has one. Raises Forbidden where the text needs a right.
    """
    template = Template.objects.live().filter(pk=template_id, is_active=True).first()
    if template is None:
        raise NotFound
    version = template.versions.get(number=template.number)
    draft_of(template.body, template.kind, subject)  # a missing right takes no number
    number = None
    if template.kind in NUMBERED:
        number = number_next(f"paper_{template.kind}", legal_entity_id=subject.branch.legal_entity_id)
    subject = replace(subject, language=template.language, number=number)
    draft = draft_of(template.body, template.kind, subject)
    title = f"{template.name} № {number}" if number else template.name
    paper = Paper.objects.create(
        template=version, kind=template.kind, title=title[:200], number=number, patient_id=subject.patient_id,
        patient_name=subject.patient_name, signer_name=signer_name, representative_id=representative_id,
        branch=subject.branch, language=template.language, day=subject.day, body=draft.body, rights=draft.rights,
        made_by=actor,
    )  # fmt: skip
    paper_print(paper=paper, actor=actor)
    audit(actor, "documents.paper.made", paper, patient_id=paper.patient_id, branch_id=paper.branch_id)
    return paper


def paper_print(*, paper: Paper, actor: Any, signature: Any = None) -> Document:
    """The sheet as PDF: with `signature` the signed one."""
    return document_print(
        kind=paper.kind, title=f"{paper.title} · {paper.patient_name}", template=SHEET, language=paper.language,
        context={"body": sheet_body(paper.body, paper.language, signature), "title": paper.title}, subject=paper,
        actor=actor, patient_id=paper.patient_id,
    )  # fmt: skip


@command
def paper_opened(*, paper: Paper, actor: Any) -> None:
    """Somebody has looked at the copy or printed it."""
    audit(actor, "documents.paper.printed", paper, patient_id=paper.patient_id, branch_id=paper.branch_id)


def signable(paper: Paper) -> None:
    """Under the paper's lock: nobody has signed it and its text still holds."""
    if Signature.objects.filter(paper=paper).exists():
        raise PaperSignedAlready
    if is_outdated(paper):
        raise TextChanged


@command
def paper_sign_by_hand(*, paper_id: int, actor: Any) -> Signature:
    """The printed sheet was signed with a pen; a consent is recorded with it (PAT-46). Reverse: the consent is revoked.

    Raises PaperSignedAlready, TextChanged.
    """
    lock(("paper", paper_id))
    paper = Paper.objects.select_related("template__template").get(pk=paper_id)
    signable(paper)
    row = Signature.objects.create(
        paper=paper, channel=Signature.Channel.PAPER, signer_name=paper.signer_name, signed_at=clock.now(),
        sha256=copy_of(paper).file.sha256, recorded_by=actor,
    )  # fmt: skip
    signed_told(paper, row, actor)
    return row


def signed_told(paper: Paper, row: Signature, actor: Any) -> None:
    facts = {"patient_id": paper.patient_id, "branch_id": paper.branch_id}
    audit(actor, "documents.paper.signed", paper, signer=row.signer_name, sha256=row.sha256, **facts)
    publish(
        PaperSigned(
            paper_id=paper.pk, patient_id=paper.patient_id, kind=paper.kind, consent=paper.template.template.consent,
            representative_id=paper.representative_id, document_id=row.document_id, number=str(paper.number or ""),
            is_on_paper=row.channel == Signature.Channel.PAPER, actor_id=getattr(actor, "pk", None),
        )
    )  # fmt: skip
