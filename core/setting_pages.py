"""Settings as sections of typed fields, beside the pages that need more than fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core import modules, policies
from core.models import AuditEntry
from core.navigation import Item, shown
from core.policies import Policy
from core.services import CHANGED, kind_of
from core.slots import Slot

# Pages that stand beside the sections of settings: branches, roles, modules, audit.
PAGES: Slot[Item] = Slot("navigation.settings")


@dataclass(slots=True)
class Section:
    """Settings that declare the same section."""

    slug: str
    title: Any
    policies: list[Policy] = dataclass_field(default_factory=list)


def sections() -> dict[str, Section]:
    """Sections of the modules that are on, in the order in which they are declared."""
    found: dict[str, Section] = {}
    for policy in policies.REGISTRY.values():
        if modules.is_on(policy.module):
            slug = slug_of(policy.section)
            found.setdefault(slug, Section(slug, policy.section or _("Other"))).policies.append(policy)
    return found


def slug_of(title: Any) -> str:
    """The address of a section: its English name, whatever the language of the page."""
    with translation.override("en"):
        return slugify(str(title)) or "other"


def pages_of(user: Any) -> list[dict[str, Any]]:
    return shown(PAGES, user)


def search(text: str) -> list[Policy]:
    """Settings whose title or hint speaks of every word."""
    words = text.lower().split()
    found = [policy for section in sections().values() for policy in section.policies]
    return [
        policy
        for policy in found
        if all(word in f"{policy.title} {policy.hint} {policy.key}".lower() for word in words)
    ]


# Fields


class LinesField(forms.CharField):
    """A list that has no choices: one item a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(item) for item in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class SeveralField(forms.TypedMultipleChoiceField):
    """Several of the choices, as a list of their own values."""


def field_of(policy: Policy) -> forms.Field:
    """The control of a setting, by its kind."""
    base: dict[str, Any] = {"label": policy.title, "help_text": policy.hint, "required": False}
    options = policy.options
    if policy.kind is list:
        if not options:
            return LinesField(**base)
        known = {str(value): value for value, _label in options}
        return SeveralField(
            **base,
            choices=options,
            coerce=lambda text: known[text],
            widget=forms.SelectMultiple(attrs={"data-select": ""}),
        )
    if options:
        known = {str(value): value for value, _label in options}
        return forms.TypedChoiceField(**{**base, "required": True}, choices=options, coerce=lambda text: known[text])
    return PLAIN[policy.kind](policy, base)


def whole(policy: Policy, base: dict[str, Any]) -> forms.Field:
    return forms.IntegerField(**{**base, "required": True}, widget=forms.NumberInput(attrs={"class": "sum-in"}))


def decimal(policy: Policy, base: dict[str, Any]) -> forms.Field:
    return forms.DecimalField(
        **{**base, "required": True},
        max_digits=14,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "sum-in"}),
    )


def text(policy: Policy, base: dict[str, Any]) -> forms.Field:
    if policy.secret:
        return forms.CharField(
            **base, widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": _("as it is")})
        )
    return forms.CharField(**base, max_length=500)


PLAIN = {
    bool: lambda policy, base: forms.BooleanField(**base),
    date: lambda policy, base: forms.DateField(**base),
    int: whole,
    Decimal: decimal,
    str: text,
}


EMPTY: dict[type, Any] = {str: "", bool: False}


class PoliciesForm(forms.Form):
    """Settings of a page. Each control is called by its key; the value that the page showed goes with it."""

    def __init__(self, found: Iterable[Policy], data: Any = None) -> None:
        self.found = {policy.key: policy for policy in found}
        super().__init__(data, initial={key: policy.get() for key, policy in self.found.items()})
        for key, policy in self.found.items():
            self.fields[key] = field_of(policy)
            if not policy.secret:
                self.fields[key].show_hidden_initial = True

    def changed(self) -> dict[str, Any]:
        """What differs from what the page showed; an empty secret stays as it is."""
        return {
            key: value
            for key, value in self.cleaned_data.items()
            if key in self.changed_data and self._is_given(key, value)
        }

    def _is_given(self, key: str, value: Any) -> bool:
        return not self.found[key].secret or bool(value)

    def seen(self) -> dict[str, Any]:
        """The values that the page showed, as they are stored."""
        shown_values = {}
        for key in self.changed():
            if self.found[key].secret:
                continue
            bound = self[key]
            hidden = bound.field.hidden_widget()
            told = hidden.value_from_datadict(self.data, self.files, self.add_initial_prefix(key))
            if told is not None:
                empty = EMPTY.get(self.found[key].kind)
                shown_values[key] = policies.plain(bound.field.clean(told) if told != "" else empty)
        return shown_values


# Rows


@dataclass(slots=True)
class Row:
    """A setting on its page: control, whether it differs from the default, former values."""

    policy: Policy
    field: forms.BoundField
    is_changed: bool
    default: str
    history: list[AuditEntry] = dataclass_field(default_factory=list)

    @property
    def shown_value(self) -> str:
        """The hidden input that says what the page has shown."""
        return self.field.as_hidden(only_initial=True) if self.field.field.show_hidden_initial else ""


def rows_of(form: PoliciesForm, history: Mapping[str, list[AuditEntry]]) -> list[Row]:
    made = []
    for key, policy in form.found.items():
        standing = current_read(policy)
        default = policies.plain(policy.default)
        made.append(Row(policy, form[key], standing != default, policy.words(default), history.get(key, [])))
    return made


def current_read(policy: Policy) -> Any:
    stored = policies.raw().get(policy.key)
    return policies.plain(policy.default) if stored is None else stored


def history_of(keys: Iterable[str], most: int = 8) -> dict[str, list[AuditEntry]]:
    """Former values, newest first, of a whole page in one statement."""
    kinds = {kind_of(key): key for key in keys}
    found: dict[str, list[AuditEntry]] = {}
    for entry in AuditEntry.objects.filter(code=CHANGED, object_kind__in=kinds).order_by("-at", "-pk")[:500]:
        rows = found.setdefault(kinds[entry.object_kind], [])
        if len(rows) < most:
            rows.append(entry)
    return found


def count_changed(found: Iterable[Policy]) -> int:
    return sum(current_read(policy) != policies.plain(policy.default) for policy in found)
