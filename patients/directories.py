"""Directories of cards: channels, CLV groups, stages, statuses, own fields, kinds of documents."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.directory import Directory
from core.listing import Column
from patients.forms.directories import ConsentKindForm, CustomFieldForm, DocumentKindForm, StatusForm
from patients.models import ConsentKind, CustomField, DocumentKind, Group, Source, Stage, Status
from patients.permissions import EDIT_RULES, SEE
from patients.selectors.statuses import words_of

SECTION = _("Patients")


def toned(row: Any) -> tuple[str, str]:
    return row.name, row.tone


SOURCES = Directory(
    slug="sources", app="patients", model=Source, title=_("Marketing channels"), new_label=_("New channel"),
    see=SEE, edit=EDIT_RULES, section=SECTION, icon="speakerphone", hint=_("Where patients have heard of the clinic"),
)  # fmt: skip
GROUPS = Directory(
    slug="groups", app="patients", model=Group, title=_("CLV groups"), new_label=_("New group"),
    see=SEE, edit=EDIT_RULES, section=SECTION, icon="users-group", hint=_("Groups by which the value of a patient is counted"),
)  # fmt: skip
STAGES = Directory(
    slug="stages", app="patients", model=Stage, title=_("Stages of patients"), new_label=_("New stage"),
    see=SEE, edit=EDIT_RULES, fields=("name", "tone"), columns=(Column("name", _("Name"), toned, "name", kind="badge"),),
    section=SECTION, icon="route", hint=_("The patient's way through the clinic, as coordinators see it"),
)  # fmt: skip
STATUSES = Directory(
    slug="statuses", app="patients", model=Status, title=_("Patient statuses"), new_label=_("New status"),
    see=SEE, edit=EDIT_RULES, form=StatusForm,
    columns=(
        Column("name", _("Name"), toned, "name", kind="badge"),
        Column("conditions", _("Is given when"), lambda row: words_of(row.conditions)),
        Column("is_active", _("Assigned automatically"), "is_active", kind="bool"),
    ),
    section=SECTION, icon="tags", hint=_("Given each night by rules; the first that fits wins"),
)  # fmt: skip
FIELDS = Directory(
    slug="custom-fields", app="patients", model=CustomField, title=_("Own fields of cards"), new_label=_("New field"),
    see=EDIT_RULES, edit=EDIT_RULES, form=CustomFieldForm,
    columns=(
        Column("name", _("Name"), "name", "name"),
        Column("kind", _("Type"), "get_kind_display"),
        Column("needed", _("Required"), "get_needed_display"),
        Column("audience", _("Seen by"), "get_audience_display"),
    ),
    rows=lambda user: CustomField.objects.filter(entity="patient"),
    section=SECTION, icon="forms", hint=_("What the clinic asks besides the usual"),
)  # fmt: skip
CONSENTS = Directory(
    slug="consent-kinds", app="patients", model=ConsentKind, title=_("Documents that patients sign"),
    new_label=_("New document"), see=SEE, edit=EDIT_RULES, form=ConsentKindForm,
    columns=(
        Column("name", _("Name"), "name", "name"),
        Column("version", _("Edition"), "version", kind="number"),
        Column("is_asked", _("Asked of everybody"), "is_asked", kind="bool"),
    ),
    section=SECTION, icon="file-check", hint=_("Contract, personal data, marketing, photos"),
)  # fmt: skip
DOCUMENTS = Directory(
    slug="document-kinds", app="patients", model=DocumentKind, title=_("Documents of identity"), new_label=_("New document"),
    see=SEE, edit=EDIT_RULES, form=DocumentKindForm,
    columns=(Column("name", _("Name"), "name", "name"), Column("example", _("Example"), "example")),
    section=SECTION, icon="id", hint=_("For foreign citizens and children"),
)  # fmt: skip
ALL = (SOURCES, GROUPS, STAGES, STATUSES, FIELDS, CONSENTS, DOCUMENTS)
