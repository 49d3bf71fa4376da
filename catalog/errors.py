"""What the catalog refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, constraint_means


class CodeTaken(DomainError):
    code = "code_taken"
    message = _("Another entry has this code.")


class PriceStarted(DomainError):
    """A price that has begun before today is history; a new one starts on a later day."""

    code = "price_started"
    message = _("This price has begun already. Set a new price from a day on.")


class PreviewChanged(DomainError):
    """Prices moved between the preview and the change."""

    code = "preview_changed"
    message = _("Prices have changed since the preview. Look at it again.")


class NothingToChange(DomainError):
    code = "nothing_to_change"
    message = _("No price would change.")


class HealingReversed(Invalid):
    """A service heals from some days to more of them, two years at most."""

    message = _("The longest time of healing is shorter than the least.")


constraint_means("service_heals_from_least_to_most", HealingReversed)
constraint_means("service_code_is_unique", CodeTaken)
constraint_means("diagnosis_code_is_unique", CodeTaken)
