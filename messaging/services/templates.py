"""The clinic's own words for each purpose and language."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from messaging import rules
from messaging.models import Language, Template
from messaging.purposes import REGISTRY

sentence("messaging.template.changed", _("Template “%(object)s” changed"), "message-cog", "blue", is_timeline=False)


def templates_load() -> None:
    """The first words of every purpose; those that the clinic has changed stay. Idempotent."""
    have = set(Template.objects.values_list("purpose", "language"))
    wanted = [(code, language, text) for code, purpose in REGISTRY.items() for language, text in purpose.texts.items()]
    missing = [
        Template(purpose=code, language=lang, text=text) for code, lang, text in wanted if (code, lang) not in have
    ]
    Template.objects.bulk_create(missing, ignore_conflicts=True)


def texts_for(purpose: str) -> dict[str, str]:
    """Words by language: the clinic's, else the first ones."""
    own = dict(Template.objects.filter(purpose=purpose).values_list("language", "text"))
    return {**REGISTRY[purpose].texts, **own}


def text_for(purpose: str, language: str) -> tuple[str, str]:
    """The person's language if there are words in it, else the clinic's, else any; with the words."""
    texts = texts_for(purpose)
    for code in (language, settings.LANGUAGE_CODE, *texts):
        if code in texts:
            return code, texts[code]
    return (language if language in Language.values else Language.RU), ""


def check_text(purpose: str, text: str) -> None:
    """Raises Invalid naming the places that cannot be filled."""
    if not text.strip():
        raise Invalid(fields={"text": _("Write the text of the message.")})
    unknown = rules.unknown_places(text, REGISTRY[purpose].places)
    if unknown:
        names = ", ".join(unknown)
        raise Invalid(fields={"text": _("Nothing can be put here: %(names)s") % {"names": names}})


@command
def template_save(*, template_id: int, text: str, actor: Any, expected_version: int | None = None) -> Template:
    """New words for a purpose; messages already queued keep theirs. Raises Invalid, Stale."""
    row = Template.objects.select_for_update().filter(pk=template_id, purpose__in=REGISTRY).first()
    if row is None:
        raise NotFound
    check_version(expected_version, row.version)
    check_text(row.purpose, text)
    before, row.text, row.version = row.text, text.strip(), row.version + 1
    row.save(update_fields=["text", "version", "changed_at"])
    audit(actor, "messaging.template.changed", row, before=before, after=row.text)
    return row
