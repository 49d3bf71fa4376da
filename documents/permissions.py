"""Rights over papers; what stands in a paper may ask for more (documents.slots.Group)."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_PAPERS = permission(
    "documents.see_papers", _("See papers of patients"),
    "director", "administrator", "senior", "doctor", "assistant", "coordinator", "finance",
)  # fmt: skip
SEE_INFORMED = permission(
    "documents.see_informed", _("See consents to treatment"),
    "director", "administrator", "senior", "doctor", "assistant", "coordinator",
)  # fmt: skip
MAKE_PAPERS = permission(
    "documents.make_papers", _("Make papers of patients and have them signed"),
    "director", "administrator", "senior", "doctor", "coordinator",
)  # fmt: skip
EDIT_TEMPLATES = permission("documents.edit_templates", _("Change templates of documents"), "director", "senior")
