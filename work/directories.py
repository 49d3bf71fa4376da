"""Kinds of work that a person chooses from when he starts (HR-14)."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EDIT_DIRECTORIES, SEE_STAFF
from core.directory import Directory
from work.models import WorkKind

WORK_KINDS = Directory(
    slug="work-kinds", app="work", model=WorkKind, title=_("Kinds of work"), new_label=_("Kind of work"), see=SEE_STAFF,
    edit=EDIT_DIRECTORIES, fields=("name",), archive="is_active", order=("name",), section=_("Staff"), icon="clock-play",
    hint=_("Offered when somebody starts work; without any there is one button."),
)  # fmt: skip
