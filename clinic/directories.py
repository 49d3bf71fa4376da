"""Professions of doctors and of employees (HR-20)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.models import Profession
from clinic.permissions import EDIT_DIRECTORIES, SEE_STAFF
from core.directory import Directory

SECTION = _("Staff")


def of_kind(kind: str) -> Any:
    return lambda user: Profession.objects.filter(kind=kind)


DOCTOR_PROFESSIONS = Directory(
    slug="doctor-professions", app="clinic", model=Profession, title=_("Professions of doctors"),
    new_label=_("Profession"), see=SEE_STAFF, edit=EDIT_DIRECTORIES, archive="is_active", order=("name",),
    rows=of_kind(Profession.Kind.DOCTOR), defaults={"kind": Profession.Kind.DOCTOR}, section=SECTION, icon="stethoscope",
    hint=_("Directions by which doctors are found when a visit is booked."),
)  # fmt: skip
STAFF_PROFESSIONS = Directory(
    slug="staff-professions", app="clinic", model=Profession, title=_("Professions of employees"),
    new_label=_("Profession"), see=SEE_STAFF, edit=EDIT_DIRECTORIES, archive="is_active", order=("name",),
    rows=of_kind(Profession.Kind.STAFF), defaults={"kind": Profession.Kind.STAFF}, section=SECTION, icon="id-badge-2",
    hint=_("Positions of those who do not treat."),
)  # fmt: skip
