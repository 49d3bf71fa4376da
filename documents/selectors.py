"""Reads of templates and papers; the text of a paper before it is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock
from core.access import REGISTRY, check, is_allowed
from core.errors import NotFound
from documents import rules
from documents.links import is_genuine, number_of
from documents.models import Document, Kind, Paper, Signature, SignLink, Template, TemplateVersion
from documents.permissions import SEE_INFORMED
from documents.places import SPOTS
from documents.slots import CONSENTS, FINDERS, PLACES, Group, Subject

RIGHT_OF_KIND = {Kind.INFORMED: SEE_INFORMED, Kind.INTERVENTION: SEE_INFORMED}


def templates_all() -> QuerySet[Template]:
    """Every template that is not in the trash, with how many papers were made of it and the last edit."""
    rows = Template.objects.live()
    return rows.annotate(papers_count=Count("versions__papers", distinct=True), edited_at=Max("versions__made_at"))


def template_get(pk: int) -> Template:
    found = Template.objects.live().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def templates_offered(user: Any, language: str = "") -> list[Template]:
    """What may be made for a patient: his language first (DOC-14)."""
    rows = [row for row in Template.objects.live().filter(is_active=True) if may_kind(user, row.kind)]
    order = list(Kind.values)
    return sorted(rows, key=lambda row: (bool(language) and row.language != language, order.index(row.kind), row.name))


def may_kind(user: Any, kind: str) -> bool:
    needed = RIGHT_OF_KIND.get(Kind(kind))
    return needed is None or is_allowed(user, needed)


def versions_of(template: Template) -> list[TemplateVersion]:
    return list(template.versions.select_related("made_by").annotate(papers_count=Count("papers")))


def version_get(template: Template, number: int) -> TemplateVersion:
    found = template.versions.select_related("made_by").filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def consents_known() -> list[tuple[str, str]]:
    return [pair for provider in CONSENTS for pair in provider()]


def groups() -> list[Group]:
    return list(PLACES)


def places_known() -> dict[str, Group]:
    return {name: group for group in PLACES for name in group.places}


def groups_of(body: str) -> list[Group]:
    """The sources that a text takes words from."""
    known, found = places_known(), {}
    for name in rules.places_of(body):
        if name in known:
            found[known[name].key] = known[name]
    return list(found.values())


def choices_of(body: str, subject: Subject) -> list[tuple[str, Any, list[tuple[int, str]]]]:
    """What has to be chosen before a text can be filled in: (key, label, options)."""
    found = {}
    for group in groups_of(body):
        if group.choice and (group.permission is None or is_allowed(subject.user, group.permission)):
            found[group.choice.key] = (group.choice.key, group.choice.label, list(group.choice.options(subject)))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Draft:
    """A text filled in for somebody: what stayed empty, and the rights that its reader must have."""

    body: str
    blanks: list[str]
    rights: list[str]
    signer: str


def draft_of(body: str, kind: str, subject: Subject) -> Draft:
    """Fill a text in. Raises Forbidden where it takes words from what the user may not see."""
    found, subject = groups_of(body), replace(subject, kind=kind)
    needed = [group.permission for group in found if group.permission is not None]
    needed += [RIGHT_OF_KIND[Kind(kind)]] if Kind(kind) in RIGHT_OF_KIND else []
    for permission in needed:
        check(subject.user, permission)
    labels = {name: label for group in found for name, label in group.places.items()}
    values: dict[str, Any] = {}
    with translation.override(subject.language):
        for group in found:
            values |= group.values(subject)
        text, blanks = rules.filled(body, values, SPOTS)
    rights = sorted({permission.code for permission in needed})
    return Draft(text, [str(labels.get(name, name)) for name in blanks], rights, subject.patient_name)


def subject_of(user: Any, patient_id: int) -> Subject:
    """The patient on whom a template is tried; NotFound for a stranger's."""
    finder = next(iter(FINDERS), None)
    if finder is None:
        raise NotFound
    return finder.subject(user, patient_id)


def with_choices(subject: Subject, body: str, given: Mapping[str, Any]) -> Subject:
    """What was chosen, from what may be chosen; the only option is taken by itself."""
    chosen = dict(subject.chosen)
    for key, _label, options in choices_of(body, subject):
        asked = str(given.get(key, ""))
        picked = next((pk for pk, _words in options if str(pk) == asked), None)
        if picked is None and len(options) == 1 and not asked:
            picked = options[0][0]
        if picked is not None:
            chosen[key] = picked
    return replace(subject, chosen=chosen)


# Papers that are made


def papers_visible_to(user: Any) -> QuerySet[Paper]:
    """Papers whose every word the user may read; whose patient he sees is the card's question."""
    held = [code for code in user.permission_codes if code in REGISTRY]
    return Paper.objects.filter(rights__contained_by=held).select_related("template__template", "made_by", "branch")


def papers_of(patient_ids: Iterable[int], user: Any) -> list[dict[str, Any]]:
    """Papers of a card with their state: copies, signature, open link."""
    papers = list(papers_visible_to(user).filter(patient_id__in=list(patient_ids)))
    ids = [paper.pk for paper in papers]
    signatures = {row.paper_id: row for row in Signature.objects.filter(paper__in=ids).select_related("document__file")}
    links = {row.paper_id: row for row in SignLink.objects.filter(paper__in=ids, revoked_at__isnull=True)}
    copies = copies_of(ids)
    return [paper_line(paper, signatures.get(paper.pk), links.get(paper.pk), copies.get(paper.pk)) for paper in papers]


def paper_line(paper: Paper, signature: Any, link: Any, copy: Any) -> dict[str, Any]:
    is_open = bool(link and not signature and link.expires_at > clock.now())
    if signature:
        word, tone = (_("Signed by link"), "green") if signature.channel == "link" else (_("Signed on paper"), "green")
    elif is_open:
        word, tone = (_("Opened for signing"), "violet") if link.opened_at else (_("Link is given"), "blue")
    elif is_outdated(paper):
        word, tone = _("Text has changed"), "amber"
    else:
        word, tone = _("Not signed"), "grey"
    last = signature.document if signature and signature.document else copy
    return {
        "paper": paper, "signature": signature, "link": link if is_open else None, "word": word, "tone": tone,
        "sha256": last.file.sha256 if last else "", "can_sign": not signature and not is_outdated(paper),
    }  # fmt: skip


def is_outdated(paper: Paper) -> bool:
    """A later edition of the text asks to be signed anew."""
    current = paper.template.template.number
    return current != paper.template.number and (
        TemplateVersion.objects.filter(
            template=paper.template.template_id, number__gt=paper.template.number, is_renewed=True
        ).exists()
    )


def copies_of(paper_ids: Iterable[int]) -> dict[int, Document]:
    """The first copy of each paper: what was made, before anybody signed."""
    rows = Document.objects.filter(subject_kind="documents.paper", subject_id__in=list(paper_ids)).select_related(
        "file"
    )
    return {row.subject_id: row for row in rows.order_by("-pk")}


def copy_of(paper: Paper) -> Document:
    return copies_of([paper.pk])[paper.pk]


def newest_copy(paper: Paper) -> Document:
    """The signed copy where there is one."""
    signature = Signature.objects.filter(paper=paper, document__isnull=False).select_related("document__file").first()
    return signature.document if signature and signature.document else copy_of(paper)


# By the secret link


def link_by_code(code: str) -> SignLink | None:
    """The link behind a secret address; None for a wrong one."""
    pk = number_of(code)
    rows = SignLink.objects.select_related("paper__branch__legal_entity", "paper__template__template")
    found = rows.filter(pk=pk).first() if pk else None
    return found if found is not None and is_genuine(code, found) else None


def why_closed(link: SignLink) -> str:
    """used, revoked or expired; empty while it works."""
    if Signature.objects.filter(paper=link.paper_id).exists():
        return "used"
    if link.revoked_at:
        return "revoked"
    if link.expires_at <= clock.now():
        return "expired"
    return "changed" if is_outdated(link.paper) else ""


def signature_by(link: SignLink) -> Signature | None:
    """The signature given by this very link, for as long as the link would have lasted."""
    if link.expires_at <= clock.now():
        return None
    return Signature.objects.filter(link=link).select_related("document__file").first()
