"""What the rules of barter refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class EntryExists(DomainError):
    code = "barter_entry_exists"
    message = _("This patient has an open entry of this contract already.")


class SignOffMissing(DomainError):
    """The write-off comes last; `missing` names who has not signed."""

    code = "sign_off_missing"
    message = _("The others have to sign first.")


class SignedAlready(DomainError):
    code = "signed_already"
    message = _("This has been signed already.")


class RegulationMissing(DomainError):
    """The clinic's setting asks for the scan before a contract comes into force (BAR-04)."""

    code = "regulation_missing"
    message = _("Attach the signed regulation first.")


class ConsentMissing(DomainError):
    """A public person is treated after he has agreed to be photographed (BAR-24)."""

    code = "consent_missing"
    message = _("The consent to photographs is missing.")


constraint_means("patient_has_one_entry_of_a_barter_contract", EntryExists)
constraint_means("barter_entry_is_signed_once_a_part", SignedAlready)
