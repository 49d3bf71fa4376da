"""Rights over cards. Documents of identity and medical alerts are compartments of their own (PAT-29)."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EVERYBODY
from core.access import permission

SEE = permission("patients.see_card", _("See patient cards"), *EVERYBODY)
ADD = permission(
    "patients.add_card", _("Add patients"), "director", "administrator", "senior", "callcentre", "coordinator", "sales"
)
EDIT = permission(
    "patients.edit_card", _("Change patient cards"), "director", "administrator", "senior", "callcentre", "coordinator"
)
SEE_CONTACTS = permission("patients.see_contacts", _("See phones and e-mails of patients"), *EVERYBODY)
SEE_IDENTITY = permission(
    "patients.see_identity",
    _("See documents and addresses of patients"),
    "director",
    "administrator",
    "senior",
    "finance",
)
EDIT_IDENTITY = permission(
    "patients.edit_identity", _("Change documents and addresses of patients"), "director", "administrator", "senior"
)
SEE_ALERTS = permission(
    "patients.see_alerts", _("See allergies and medical alerts"), "director", "doctor", "assistant", "senior",
    compartment="medical",
)  # fmt: skip
EDIT_ALERTS = permission(
    "patients.edit_alerts", _("Change allergies and medical alerts"), "director", "doctor", "assistant",
    compartment="medical",
)  # fmt: skip
SEE_CONSENTS = permission(
    "patients.see_consents", _("See consents of patients"),
    "director", "administrator", "senior", "callcentre", "doctor", "assistant", "coordinator",
)  # fmt: skip
EDIT_CONSENTS = permission(
    "patients.edit_consents", _("Record and revoke consents"), "director", "administrator", "senior", "coordinator"
)
TAKE_PHOTOS = permission(
    "patients.take_photos", _("Photograph patients"),
    "director", "administrator", "senior", "coordinator", "marketer", "doctor", "assistant",
)  # fmt: skip
SEE_HISTORY = permission("patients.see_history", _("See what was changed in a card"), "director", "senior")
SEE_READERS = permission("patients.see_readers", _("See who looked at a card"), "director", "senior")
SEE_DUPLICATES = permission(
    "patients.see_duplicates", _("See the list of duplicate cards"), "director", "administrator", "senior"
)
MERGE = permission("patients.merge_cards", _("Merge cards and take a merge back"), "director", "senior")
IMPORT = permission("patients.import_cards", _("Import patients from a file"), "director", "senior")
EXPORT_DATA = permission("patients.export_data", _("Hand over all data of a patient"), "director", "senior")
ERASE = permission("patients.erase_card", _("Erase a card that nothing obliges to keep"), "director")
DELETE = permission("patients.delete_card", _("Move cards to the trash"), "director", "senior")
EDIT_RULES = permission(
    "patients.edit_rules", _("Change statuses, stages, fields and kinds of consent"), "director", "senior"
)
SEE_MONEY_EVENTS = permission(
    "patients.see_money_events", _("See money in the patient's feed"),
    "director", "administrator", "senior", "coordinator", "finance", compartment="financial",
)  # fmt: skip
SEE_MEDICAL_EVENTS = permission(
    "patients.see_medical_events", _("See treatment in the patient's feed"), "director", "doctor", "assistant",
    compartment="medical",
)  # fmt: skip
