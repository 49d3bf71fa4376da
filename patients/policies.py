"""What a clinic decides about its cards."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Patients")

SHARED_CARDS = Policy(
    "patients.shared_between_branches", bool, False, _("Cards are shared by all branches"),
    _("Off: a branch sees its own cards, cards of no branch, and those who have come to it."), SECTION,
)  # fmt: skip
CARD_NUMBERING = Policy(
    "patients.card_numbering", str, "padded", _("How cards are numbered"),
    _("Applies to new cards; a number may also be typed."), SECTION,
    choices=(("padded", _("000123")), ("plain", _("123")), ("year", _("2026-000123"))),
)  # fmt: skip
PRIMARY_AGAIN = Policy(
    "patients.primary_after_months", int, 12, _("Becomes primary again after, months"),
    _("A patient who has not come for so long counts as primary. 0 switches it off."), SECTION, minimum=0, maximum=240,
)  # fmt: skip
SECONDARY_AGAIN = Policy(
    "patients.secondary_after_months", int, 0, _("Status is reset to secondary after, months"),
    _("A patient without any activity for so long counts as secondary. 0 switches it off."), SECTION,
    minimum=0, maximum=240,
)  # fmt: skip
NEEDED_ON_ARRIVAL = Policy(
    "patients.needed_on_arrival", list, ["birth_date", "document"], _("Asked on arrival"),
    _("What the reception is reminded to fill in when a patient comes."), SECTION,
    choices=(
        ("birth_date", _("Birth date")), ("document", _("Document of identity")), ("address", _("Address")),
        ("snils", _("SNILS")), ("inn", _("INN")), ("policy", _("Policy")), ("email", _("E-mail")),
        ("personal_data", _("Consent to processing of personal data")), ("contract", _("Contract")),
    ),
)  # fmt: skip
MAILING_NEEDS_CONSENT = Policy(
    "patients.mailing_needs_consent", bool, True, _("Marketing messages need a signed consent"),
    _("Off: the switch on the card is enough."), SECTION,
)  # fmt: skip
