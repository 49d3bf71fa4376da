"""The calendar's directories: visit types and the clinic's words for statuses."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EDIT_DIRECTORIES
from core.directory import SHELVES, Directory, Shelf
from core.listing import Column
from scheduling.models import StatusLabel, VisitType
from scheduling.permissions import SEE

VISIT_TYPES = Directory(
    slug="visit-types", app="scheduling", model=VisitType, title=_("Visit types"), new_label=_("New type"),
    see=SEE, edit=EDIT_DIRECTORIES, fields=("name", "duration_min", "tone", "is_first_visit", "is_urgent"), search=("name",),
    columns=(
        Column("name", _("name"), lambda row: (row.name, row.tone), "name", kind="badge"),
        Column("duration_min", _("minutes"), sort="duration_min", kind="number"),
        Column("is_first_visit", _("first visit"), sort="is_first_visit", kind="bool"),
        Column("is_urgent", _("urgent"), sort="is_urgent", kind="bool"),
    ),
    section=_("Schedule"), icon="calendar-event", hint=_("Primary, repeat and so on: their minutes and colour"),
)  # fmt: skip
LABELS = Directory(
    slug="appointment-statuses", app="scheduling", model=StatusLabel, title=_("Appointment statuses"),
    new_label=_("New status"), see=SEE, edit=EDIT_DIRECTORIES, fields=("state", "name", "tone", "alert_minutes"), search=("name",),
    columns=(
        Column("name", _("name"), lambda row: (row.name, row.tone or "grey"), "name", kind="badge"),
        Column("state", _("state"), lambda row: (row.state, row.get_state_display()), "state", kind="status"),
        Column("alert_minutes", _("alert after, minutes"), sort="alert_minutes", kind="number"),
    ),
    order=("state", "position", "pk"), section=_("Schedule"), icon="progress-check",
    hint=_("The clinic's own words and colours for the seven states of an appointment"),
)  # fmt: skip
SHELVES.register(
    Shelf(
        _("Resources"), "scheduling:pools-list", SEE, _("Schedule"), "microscope",
        _("Microscopes, the CT, assistants: how many a branch has and which services take one"),
    ),
    module="scheduling",
)  # fmt: skip
