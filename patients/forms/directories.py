"""Forms of directories that are more than a list of names."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.directory import EntryForm
from patients.models import ConsentKind, CustomField, DocumentKind, Status
from patients.rules.statuses import OPERATIONS, condition_of
from patients.slots import FACTS

CONDITIONS = 3
LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [*"a b v g d e e zh z i j k l m n o p r s t u f h c ch sh sch".split(), "", "y", "", "e", "yu", "ya"],
        strict=True,
    )
)


class ConsentKindForm(EntryForm):
    """A document that patients sign; a new edition asks for new signatures."""

    class Meta:
        model = ConsentKind
        fields = ("name", "name_en", "code", "version", "is_renewed", "is_asked", "months")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True
        self.fields["code"].help_text = _("A word in Latin letters for documents and other programs; it never changes.")

    def clean_version(self) -> int:
        version = self.cleaned_data["version"]
        if self.instance.pk and version < self.instance.version:
            raise forms.ValidationError(_("An edition only goes up."))
        return version


class DocumentKindForm(EntryForm):
    """A document of identity with the form of its number."""

    class Meta:
        model = DocumentKind
        fields = ("name", "mask", "example", "tax_code")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        mask, example = given.get("mask"), given.get("example")
        try:
            if mask and example and not re.fullmatch(mask, example, re.IGNORECASE):
                self.add_error("example", _("The example does not fit the form."))
        except re.error:
            self.add_error("mask", _("This is not a regular expression."))
        return given


class CustomFieldForm(EntryForm):
    """A field of the clinic's own; its type never changes, since values are kept in it (PAT-43)."""

    options = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"data-wide": "1"}),
        help_text=_("One a line, for «One of a list»."),
    )

    class Meta:
        model = CustomField
        fields = ("name", "kind", "options", "help_text", "needed", "audience")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["options"] = "\n".join(self.instance.options)
        if self.instance.pk:
            self.fields["kind"].disabled = True

    def clean_options(self) -> list[str]:
        lines = [" ".join(line.split())[:120] for line in self.cleaned_data["options"].splitlines()]
        return list(dict.fromkeys(line for line in lines if line))[:100]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == CustomField.Kind.CHOICE and len(given.get("options") or []) < 2:
            self.add_error("options", _("Give at least two choices."))
        if not self.instance.pk and given.get("name"):
            given["code"] = code_for(given["name"])
        return given


def code_for(name: str) -> str:
    """«Рост, см» -> «rost-sm», with a number when that was ever used."""
    latin = "".join(LETTERS.get(letter, letter) for letter in name.lower())
    base = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:34] or "field"
    used = set(CustomField.objects.filter(entity="patient").values_list("code", flat=True))
    return base if base not in used else next(f"{base}-{n}" for n in range(2, 1000) if f"{base}-{n}" not in used)


class StatusForm(EntryForm):
    """A status and the conditions on which it is given: all of them must hold (PAT-23)."""

    class Meta:
        model = Status
        fields = ("name", "tone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facts = [("", "—"), *((fact.code, fact_label(fact)) for fact in FACTS)]
        held = [*self.instance.conditions, *({} for _number in range(CONDITIONS))]
        for number in range(CONDITIONS):
            kept = held[number]
            self.fields[f"fact{number}"] = forms.ChoiceField(
                label=_("Condition"),
                widget=forms.Select(attrs={"data-wide": "1"}),
                choices=facts,
                required=False,
                initial=kept.get("fact"),
            )
            self.fields[f"op{number}"] = forms.ChoiceField(
                label=_("Comparison"), choices=list(OPERATIONS.items()), required=False, initial=kept.get("op", "gte")
            )
            self.fields[f"value{number}"] = forms.CharField(
                label=_("Value"), max_length=60, required=False, initial=kept.get("value")
            )

    @property
    def fieldsets(self) -> list[tuple[Any, list[str]]]:
        rows = [name for n in range(CONDITIONS) for name in (f"fact{n}", f"op{n}", f"value{n}")]
        return [("", ["name", "tone", "is_active"]), (_("Is given when all of this holds"), rows)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        known = {fact.code: fact for fact in FACTS}
        conditions = []
        for number in range(CONDITIONS):
            fact, op, value = (given.pop(f"{name}{number}", "") for name in ("fact", "op", "value"))
            if not fact:
                continue
            try:
                made = condition_of({"fact": fact, "op": op, "value": value}, known[fact].kind)
                conditions.append(made.as_json())
            except (KeyError, ValueError):
                self.add_error(f"value{number}", value_hint(known.get(fact)))
        given["conditions"] = conditions
        if given.get("is_active") and not conditions and not self.errors:
            self.add_error("fact0", _("Say when this status is given."))
        return given


def fact_label(fact: Any) -> Any:
    return f"{fact.title}, {fact.unit}" if fact.unit else fact.title


def value_hint(fact: Any) -> Any:
    if fact is None or fact.kind == "number":
        return _("Enter a number.")
    if fact.kind == "yes":
        return _("Only «=» with 1 or 0.")
    words = ", ".join(f"{key} ({label})" for key, label in (fact.choices() if fact.choices else ()))
    return _("One of: %(words)s.") % {"words": words}
