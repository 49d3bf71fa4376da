"""Rights over barter: the roles of both algorithms of the regulation (seed 000)."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

FRONT = ("director", "senior", "administrator", "callcentre")
KEEPERS = ("director", "marketer", "sales")

SEE_BARTER = permission(
    "barter.see", _("See barter contracts and their people"), *FRONT, "marketer", "sales", "finance",
    compartment="financial",
)  # fmt: skip
SEE_LEFT = permission(
    "barter.see_left", _("See what is left of a patient's barter"), "director", "senior", "administrator", "marketer",
    "sales", "finance", "coordinator", compartment="financial",
)  # fmt: skip
EDIT_CONTRACTS = permission(
    "barter.edit_contracts", _("Register barter contracts, people and what was received"), *KEEPERS,
    compartment="financial",
)  # fmt: skip
AGREE = permission(
    "barter.agree", _("Agree to barter: services, signature, work outside of a plan"), "director", "sales",
    compartment="financial",
)  # fmt: skip
WALK = permission(
    "barter.walk", _("Take part in barter: steps and signatures, each by its own right"), *FRONT, "marketer", "sales",
    "finance", "doctor", "assistant",
)  # fmt: skip
VERIFY = permission(
    "barter.verify", _("Check barter entries and pass them to the call-centre"), "director", "senior",
    compartment="financial",
)  # fmt: skip
CALL = permission(
    "barter.call", _("Call people of barter, link their cards"), "director", "senior", "callcentre",
    compartment="financial",
)  # fmt: skip
GRANT = permission(
    "barter.grant", _("Change the limit of a barter entry"), *KEEPERS, "senior", "callcentre", compartment="financial"
)
AGREE_PLAN = permission(
    "barter.agree_plan", _("Agree on a public person's plan, end his treatment"), "director", "marketer",
    compartment="financial",
)  # fmt: skip
MEET = permission(
    "barter.meet", _("Receive a public person: consent to photographs, into the room"), *FRONT, "marketer", "assistant"
)
ASK_EXTRA = permission(
    "barter.ask_extra", _("Ask for work outside of a public person's plan"), "director", "doctor", "senior"
)
ANNOUNCE_END = permission(
    "barter.announce_end", _("Announce the end of treatment by barter"), "director", "senior", compartment="financial"
)
WRITE_OFF = permission("barter.write_off", _("Write off a barter debt"), "finance", compartment="financial")
