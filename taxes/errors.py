"""What the rules of tax certificates refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class NothingToCertify(DomainError):
    """Nobody paid money that a certificate may speak of; `facts.reasons` are the payer engine's sentences (PAT-18)."""

    code = "no_tax_certificate"
    message = _("There is no money of this year for a tax certificate.")


class CertificateExists(DomainError):
    """This payer has a certificate of the year for this patient: it is corrected; `facts.certificate` is its key."""

    code = "tax_certificate_exists"
    message = _("This payer has a certificate for this year already. Correct that one.")


class PaymentCertified(DomainError):
    """A payment stands in another certificate; `facts.payments` are their keys."""

    code = "payment_certified"
    message = _("A payment stands in another certificate already.")


class NotTheLast(DomainError):
    """Only the last correction of a certificate that is not cancelled is corrected or cancelled."""

    code = "certificate_not_last"
    message = _("This certificate has been corrected or cancelled since.")


class NothingToSend(DomainError):
    code = "nothing_to_send"
    message = _("Every certificate of this year stands in a register already.")


constraint_means("certificate_is_one_a_payer_patient_and_year", CertificateExists)
constraint_means("payment_is_certified_once", PaymentCertified)
constraint_means("certificate_correction_is_one", NotTheLast)
constraint_means("certificate_is_sent_once", NothingToSend)
