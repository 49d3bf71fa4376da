"""Values of the clinic's own fields, checked by their registry (PAT-43)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.errors import Invalid
from patients import permissions
from patients.models import CustomField

AUDIENCES = {
    CustomField.Audience.EVERYBODY: permissions.SEE,
    CustomField.Audience.IDENTITY: permissions.SEE_IDENTITY,
    CustomField.Audience.MEDICAL: permissions.SEE_ALERTS,
    CustomField.Audience.FINANCIAL: permissions.SEE_MONEY_EVENTS,
}
LONGEST = {CustomField.Kind.TEXT: 300, CustomField.Kind.LONG: 4000}


def fields_for(user: Any, entity: str = "patient") -> list[CustomField]:
    """Own fields of a kind of record that the user may see, in order."""
    fields = CustomField.objects.live().filter(entity=entity)
    return [field for field in fields if user is None or is_allowed(user, AUDIENCES[field.audience])]


def custom_checked(
    given: Mapping[str, Any], *, before: Mapping[str, Any], actor: Any, is_new: bool, entity: str = "patient"
) -> dict[str, Any]:
    """All values of a record after `given` is applied, or Invalid naming `custom.<code>`.

    What the actor may not see stays as it was, whatever he sends. Required on creation is checked for new records.
    """
    known = {field.code: field for field in fields_for(actor, entity)}
    errors: dict[str, Any] = {f"custom.{code}": _("Unknown field.") for code in given if code not in known}
    values = dict(before)
    for code, value in given.items():
        if code not in known:
            continue
        try:
            plain = value_checked(known[code], value)
        except ValueError as error:
            errors[f"custom.{code}"] = error.args[0]
            continue
        if plain is None:
            values.pop(code, None)
        else:
            values[code] = plain
    if is_new:
        for field in known.values():
            if field.needed == CustomField.Needed.CREATION and field.code not in values:
                errors.setdefault(f"custom.{field.code}", _("This field is required."))
    if errors:
        raise Invalid(fields=errors)
    return values


def value_checked(field: CustomField, value: Any) -> Any:
    """A JSON-able value of the field's type, None for empty; ValueError with a sentence."""
    if value is None or value == "":
        return None
    return CHECKS[field.kind](field, value)


def text_value(field: CustomField, value: Any) -> str:
    text = str(value).replace("\x00", "").strip()
    if len(text) > LONGEST[CustomField.Kind(field.kind)]:
        raise ValueError(_("This text is too long."))
    return text


def number_value(field: CustomField, value: Any) -> str:
    try:
        number = Decimal(str(value).replace(",", ".").replace(" ", ""))
    except InvalidOperation as error:
        raise ValueError(_("Enter a number.")) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise ValueError(_("Enter a number."))
    return f"{number:f}"


def date_value(field: CustomField, value: Any) -> str:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
    except ValueError as error:
        raise ValueError(_("Enter a date.")) from error


def choice_value(field: CustomField, value: Any) -> str:
    if str(value) not in field.options:
        raise ValueError(_("Choose from the list."))
    return str(value)


def yes_value(field: CustomField, value: Any) -> bool:
    if value in (True, "true", "True", "on", "1", 1):
        return True
    if value in (False, "false", "False", "0", 0):
        return False
    raise ValueError(_("Choose yes or no."))


CHECKS = {
    CustomField.Kind.TEXT: text_value,
    CustomField.Kind.LONG: text_value,
    CustomField.Kind.NUMBER: number_value,
    CustomField.Kind.DATE: date_value,
    CustomField.Kind.CHOICE: choice_value,
    CustomField.Kind.YES: yes_value,
}
