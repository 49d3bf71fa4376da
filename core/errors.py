"""What a domain may refuse, and the one mapping from refusals to answers."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

REGISTRY: dict[str, type["DomainError"]] = {}
CONSTRAINTS: dict[str, type["DomainError"]] = {}


class DomainError(Exception):
    """A rule said no. `facts` are plain values for programs, `fields` map input names to sentences."""

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 409
    message: ClassVar[Any] = _("The current state does not allow this.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        other = REGISTRY.setdefault(cls.code, cls)
        if other is not cls and "code" in vars(cls):
            raise ValueError(f"Error code {cls.code!r} is declared twice")

    def __init__(self, message: Any = None, *, fields: Mapping[str, Any] | None = None, **facts: Any) -> None:
        self.text = message or self.message
        self.facts = facts
        self.fields = {name: [text] if not isinstance(text, list) else text for name, text in (fields or {}).items()}
        super().__init__(str(self.code))

    def __str__(self) -> str:
        return str(self.text)


REGISTRY["conflict"] = DomainError


class Invalid(DomainError):
    """Input of a wrong shape or an impossible value; `fields` says which."""

    code = "invalid"
    status = 400
    message = _("Please check what was entered.")


class TooLarge(DomainError):
    """More was sent than is read at once."""

    code = "too_large"
    status = 413
    message = _("Too much was sent at once.")


class Forbidden(DomainError):
    """The caller lacks a right; `needs` names it."""

    code = "forbidden"
    status = 403
    message = _("You have no right to do this.")


class NotFound(DomainError):
    """No such object, or none that the caller may see."""

    code = "not_found"
    status = 404
    message = _("Not found.")


class Stale(DomainError):
    """Somebody changed the object since it was read."""

    code = "stale"
    status = 412
    message = _("Somebody has changed this since you opened it.")


class IllegalMove(DomainError):
    """A step that the states of the thing do not allow; `source` and `to` name them."""

    code = "illegal_move"
    message = _("This step is not possible from the current state.")

    def __init__(self, message: Any = None, *, source: str = "", to: str = "", **facts: Any) -> None:
        super().__init__(message, **{"from": source, "to": to}, **facts)


class Busy(DomainError):
    """The database kept refusing because others work on the same rows."""

    code = "busy"
    message = _("Several people are changing this at once. Please try again.")


class Throttled(DomainError):
    """Too many tries; `facts.retry_after` is how many seconds to wait."""

    code = "throttled"
    status = 429
    message = _("Too many tries. Please wait and try again.")


class ReferencedElsewhere(DomainError):
    code = "in_use"
    message = _("This is in use and can only be archived.")


class PeriodClosed(DomainError):
    """The lock date forbids changes on or before `closed_until` (SET-20, BIL-41)."""

    code = "period_closed"
    message = _("The period is closed: documents of this date can no longer be changed.")


def constraint_means(name: str, error: type[DomainError]) -> None:
    """Say what a violated database constraint means to a person."""
    CONSTRAINTS[name] = error


def from_integrity_error(error: Exception) -> DomainError:
    """The domain's word for a violated constraint, whether raised by a statement or at commit."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    sort = CONSTRAINTS.get(name)
    if sort:
        return sort(constraint=name)
    return DomainError(_("This would break a rule of the database."), constraint=name)
