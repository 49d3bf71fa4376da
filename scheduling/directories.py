"""The calendar's directories: visit types, the clinic's words for statuses, what patients book themselves."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EDIT_DIRECTORIES
from core.directory import SHELVES, Directory, Shelf
from core.listing import Column
from scheduling.models import OnlineService, PhoneLine, StatusLabel, VisitType
from scheduling.online.desk_forms import OnlineServiceForm
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
LINES = Directory(
    slug="phone-lines", app="scheduling", model=PhoneLine, title=_("Telephone lines"), new_label=_("New line"),
    see=EDIT_DIRECTORIES, edit=EDIT_DIRECTORIES, fields=("number", "user", "branch"), search=("number",),
    columns=(
        Column("number", _("line"), sort="number"),
        Column("user", _("who answers"), lambda row: str(row.user or "")),
        Column("branch", _("branch"), lambda row: str(row.branch or "")),
    ),
    order=("number",), section=_("Schedule"), icon="phone", hint=_("Whose screen shows who is calling"),
)  # fmt: skip
SHELVES.register(
    Shelf(
        _("Resources"), "scheduling:pools-list", SEE, _("Schedule"), "microscope",
        _("Microscopes, the CT, assistants: how many a branch has and which services take one"),
    ),
    module="scheduling",
)  # fmt: skip
ONLINE_SERVICES = Directory(
    slug="online-services", app="scheduling", model=OnlineService, title=_("Services booked online"),
    new_label=_("New service"), see=SEE, edit=EDIT_DIRECTORIES, form=OnlineServiceForm, archive="is_active",
    search=("name", "service__name", "service__code"),
    rows=lambda user: OnlineService.objects.select_related("service").prefetch_related("professions"),
    columns=(
        Column("name", _("name for patients"), lambda row: str(row), "name"),
        Column("service", _("service"), lambda row: row.service.name, "service__name"),
        Column("minutes", _("minutes"), lambda row: row.length, kind="number"),
        Column("professions", _("who does it"), lambda row: ", ".join(map(str, row.professions.all())) or _("every doctor")),
        Column("is_active", _("offered"), sort="is_active", kind="bool"),
    ),
    section=_("Schedule"), icon="world", hint=_("What patients choose from on the page of online booking, and who does it"),
)  # fmt: skip
