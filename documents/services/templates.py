"""Templates: written, changed, put away. Papers that are made keep the text that they were made of."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.events import publish
from core.trash import trash_put
from documents import rules
from documents.errors import TemplateNameTaken, UnknownPlace
from documents.events import TextRenewed
from documents.models import Kind, Template, TemplateVersion
from documents.selectors import places_known

sentence("documents.template.added", gettext_lazy("Template of a document added: %(object)s"), "template", "green")
sentence(
    "documents.template.changed",
    gettext_lazy("Template of a document changed: %(object)s, edition %(number)s"),
    "template",
    "blue",
)

LONGEST = 200_000
PASTED = 2_000_000  # what Word puts around a text is ten times the text


def body_checked(body: str) -> str:
    """The text made clean. Raises Invalid for none or too much, UnknownPlace for a place that nothing fills in."""
    if len(body) > PASTED:
        raise Invalid(fields={"body": _("The text is too long.")})
    text = rules.cleaned(body)
    if rules.is_blank(text):
        raise Invalid(fields={"body": _("Write the text of the document.")})
    if len(text) > LONGEST:
        raise Invalid(fields={"body": _("The text is too long.")})
    if wrong := rules.unknown_places(text, places_known()):
        raise UnknownPlace(fields={"body": [place_words(name, near) for name, near in wrong[:5]]})
    return text


def place_words(name: str, near: str) -> str:
    if near:
        return _("There is no place “%(name)s”. Did you mean “%(near)s”?") % {"name": name[:60], "near": near}
    return _("There is no place “%(name)s”. Choose one by its button.") % {"name": name[:60]}


@command
def template_save(
    *, name: str, kind: str, language: str, body: str, actor: Any, consent: str = "", is_active: bool = True,
    is_renewed: bool = False, template_id: int | None = None, expected_version: int | None = None,
) -> Template:  # fmt: skip
    """Write a template, or change it: another text is a new edition (DOC-01, DOC-02). Reverse: template_trash, or the
    former text saved again.

    Raises UnknownPlace, Invalid, TemplateNameTaken, Stale.
    """
    if kind not in Kind.values:
        raise Invalid(fields={"kind": _("Choose from the list.")})
    text = body_checked(body)
    row = Template(number=0) if template_id is None else template_locked(template_id, expected_version)
    is_new_text = row.body != text
    row.name, row.kind, row.language, row.body = " ".join(name.split())[:160], kind, language, text
    row.consent, row.is_active = consent, is_active
    if is_new_text:
        row.number += 1
    if template_id is not None:
        row.version += 1
    same = Template.objects.live().filter(name=row.name, language=language).exclude(pk=row.pk)
    if same.exists():  # two at once are kept apart by the constraint
        raise TemplateNameTaken
    row.save()
    if is_new_text:
        again = is_renewed and template_id is not None
        TemplateVersion.objects.create(template=row, number=row.number, body=text, is_renewed=again, made_by=actor)
        if again:
            publish(TextRenewed(template_id=row.pk, consent=row.consent))
    if template_id is None:
        audit(actor, "documents.template.added", row)
    else:
        audit(actor, "documents.template.changed", row, number=row.number)
    return row


def template_locked(template_id: int, expected_version: int | None) -> Template:
    row = Template.objects.live().select_for_update().filter(pk=template_id).first()
    if row is None:
        raise NotFound
    check_version(expected_version, row.version)
    return row


def template_trash(*, template_id: int, actor: Any) -> None:
    """Away from the list; papers that are made stay. Reverse: core.trash.trash_restore."""
    row = Template.objects.live().filter(pk=template_id).first()
    if row is None:
        raise NotFound
    trash_put(row, actor=actor)
