"""Rights over tasks."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EVERYBODY
from core.access import permission

SEE_TASKS = permission("work.see_tasks", _("See own tasks and those of the group"), *EVERYBODY)
EDIT_TASKS = permission("work.edit_tasks", _("Give tasks and do them"), *EVERYBODY)
SEE_ALL_TASKS = permission("work.see_all_tasks", _("See everybody's tasks"), "director", "senior")
EDIT_ALL_TASKS = permission("work.edit_all_tasks", _("Change and delete tasks of others"), "director", "senior")
TRACK_TIME = permission("work.track_time", _("Mark the start and end of one's own work"), *EVERYBODY)
DECIDE_TIME = permission(
    "work.decide_time", _("See working time of others and decide on corrections"), "director", "senior"
)
CHAT = permission("work.chat", _("Talk with colleagues in the chat"), *EVERYBODY)
