"""What cards refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class CardNumberTaken(DomainError):
    code = "card_number_taken"
    message = _("Another card has this number.")

    def __init__(self, message: object = None, **facts: object) -> None:
        super().__init__(message, fields={"card_number": self.message}, **facts)


class CardMerged(DomainError):
    """The card was merged into `survivor`; work on that one."""

    code = "card_merged"
    message = _("This card was merged into another one and can no longer be changed.")


class PhotoConsentNeeded(DomainError):
    """Nobody is photographed before he has signed the consent to it."""

    code = "photo_consent_needed"
    message = _("First the patient signs the consent to photography.")


class CannotMerge(DomainError):
    code = "cannot_merge"
    message = _("These two cards cannot be merged.")


class MergeConflict(DomainError):
    """`conflicts` must be solved first; each has a key, a sentence and choices."""

    code = "merge_conflict"
    message = _("Some records of the two cards exclude each other: decide what to do with them.")


class NotMerged(DomainError):
    code = "not_merged"
    message = _("This card is not merged into that one.")


class AlreadySigned(DomainError):
    code = "already_signed"
    message = _("This edition of the document is already signed.")


class MustBeKept(DomainError):
    """The law obliges to keep the card; `obstacles` says why."""

    code = "must_be_kept"
    message = _("This card cannot be erased: the law obliges to keep its records.")


class ResponsibleTaken(DomainError):
    code = "responsible_taken"
    message = _("Somebody else is responsible under the contract already.")


class FamilyCardTaken(DomainError):
    code = "family_card_taken"
    message = _("Another family has this card number.")


constraint_means("patient_card_number_is_unique", CardNumberTaken)
constraint_means("consent_in_force_once_an_edition", AlreadySigned)
constraint_means("representative_one_responsible_a_patient", ResponsibleTaken)
constraint_means("family_card_number_is_unique", FamilyCardTaken)
