"""The form of a new card in its blocks, and small forms of one or a few fields for editing a card in place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Sex
from clinic.selectors import branches_visible_to, staff_visible_to
from core.access import Permission, is_allowed
from core.forms import DayField
from core.phones import PhoneField
from patients import permissions
from patients.models import CustomField, DocumentKind, Group, Identity, Patient, Source, Stage
from patients.services import fields_for
from patients.services.identity import FIELDS as IDENTITY_FIELDS

CUSTOM = "custom."
# What is typed here is looked up among existing cards at once (PAT-39).
ASKS_FOR_DOUBLES = {
    "hx-get": reverse_lazy("patients:similar"),
    "hx-trigger": "input changed delay:300ms, change",
    "hx-include": "#card-last_name, #card-first_name, #card-middle_name, #card-birth_date, #card-phone",
    "hx-target": "#similar",
    "hx-sync": "closest form:replace",
}
LANGUAGES = [("", _("As the clinic's")), ("ru", "Русский"), ("en", "English"), ("ro", "Română")]


def text(label: Any, limit: int, *, required: bool = False, **attrs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=limit, required=required, widget=forms.TextInput(attrs=attrs))


def directory(label: Any, model: Any, **attrs: Any) -> forms.ModelChoiceField:
    rows = model.objects.none()
    return forms.ModelChoiceField(rows, label=label, required=False, empty_label="—", widget=forms.Select(attrs=attrs))


class CardForm(forms.Form):
    """Every field of a card; `names` says which of them this form has. `user` bounds the choices."""

    last_name = text(_("Surname"), 80, required=True, autofocus=True, **ASKS_FOR_DOUBLES)
    first_name = text(_("First name"), 80, required=True, **ASKS_FOR_DOUBLES)
    middle_name = text(_("Patronymic"), 80)
    phone = PhoneField(
        label=_("Phone"), required=False, widget=forms.TextInput(attrs={"data-kind": "phone", **ASKS_FOR_DOUBLES})
    )
    birth_date = DayField(label=_("Birth date"), required=False, widget=forms.DateInput(ASKS_FOR_DOUBLES, "%d.%m.%Y"))
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False, widget=forms.RadioSelect)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    home_phone = PhoneField(label=_("Home phone"), required=False, widget=forms.TextInput(attrs={"data-kind": "phone"}))
    more_phones = text(_("Other phones"), 200)
    source = directory(_("Marketing channel"), Source)
    source_note = text(_("Note to the channel"), 200)
    group = directory(_("CLV group"), Group)
    coordinator = directory(_("Coordinator"), Patient)
    doctor = directory(_("Treating doctor"), Patient)
    branch = directory(_("Branch"), Patient)
    stage = directory(_("Stage"), Stage)
    next_call_on = DayField(label=_("Next call"), required=False)
    mailing_allowed = forms.BooleanField(label=_("Agrees to marketing messages"), required=False)
    reminders_allowed = forms.BooleanField(label=_("Gets reminders of visits"), required=False)
    language = forms.ChoiceField(label=_("Language of messages"), choices=LANGUAGES, required=False)
    card_number = text(_("Card number"), 20)
    paper_card_place = text(_("Where the paper card is"), 80)
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"data-wide": "1"})
    )
    treatment_status = forms.ChoiceField(label=_("Treatment"), choices=Patient.TreatmentStatus.choices)

    is_foreign = forms.BooleanField(label=_("Other document (foreign citizen)"), required=False)
    passport_series = text(_("Passport series"), 10, **{"data-mask": "00 00", "inputmode": "numeric"})
    passport_number = text(_("Passport number"), 10, **{"data-mask": "000000", "inputmode": "numeric"})
    issued_by = text(_("Issued by"), 300, **{"data-wide": "1"})
    issued_on = DayField(label=_("Issued on"), required=False)
    issuer_code = text(_("Code of the issuer"), 7, **{"data-mask": "000-000", "inputmode": "numeric"})
    document_kind = directory(_("Document"), DocumentKind)
    document_number = text(_("Series and number"), 60)
    citizenship = text(_("Citizenship"), 80)
    snils = text(_("SNILS"), 14, **{"data-mask": "000-000-000 00", "inputmode": "numeric"})
    inn = text(_("INN"), 12, **{"data-mask": "000000000000", "inputmode": "numeric"})
    policy_number = text(_("Policy"), 40)
    insurance_company = text(_("Insurance company"), 160)
    registered_address = text(_("Registered at"), 400, **{"data-wide": "1"})
    is_same_address = forms.BooleanField(label=_("Lives at the same address"), required=False)
    actual_address = text(_("Lives at"), 400, **{"data-wide": "1"})

    def __init__(self, *args: Any, user: Any, names: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="card-%s", **kwargs)
        self.custom = {CUSTOM + field.code: field for field in fields_for(user)} if wants_custom(names) else {}
        wanted = None if names is None else set(names)
        for name in list(self.fields):
            if wanted is not None and name not in wanted:
                del self.fields[name]
        for name, field in self.custom.items():
            if wanted is None or name in wanted:
                self.fields[name] = custom_field(field)
        self.bound_choices(user)

    def bound_choices(self, user: Any) -> None:
        staff = staff_visible_to(user)
        rows = {
            "source": Source.objects.live(), "group": Group.objects.live(), "stage": Stage.objects.live(),
            "document_kind": DocumentKind.objects.live(), "branch": branches_visible_to(user),
            "doctor": staff.filter(is_doctor=True), "coordinator": staff,
        }  # fmt: skip
        for name, queryset in rows.items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def taken(self, names: Iterable[str]) -> dict[str, Any]:
        """What was typed into those of these fields that the form has."""
        return {name: self.cleaned_data[name] for name in names if name in self.fields}

    def taken_custom(self) -> dict[str, Any]:
        return {field.code: self.cleaned_data[name] for name, field in self.custom.items() if name in self.fields}


def wants_custom(names: Iterable[str] | None) -> bool:
    return names is None or any(name.startswith(CUSTOM) for name in names)


def custom_field(field: CustomField) -> forms.Field:
    """The control of a clinic's own field (PAT-43)."""
    common = {
        "label": field.name,
        "help_text": field.help_text,
        "required": field.needed == CustomField.Needed.CREATION,
    }
    if field.kind == CustomField.Kind.CHOICE:
        return forms.ChoiceField(choices=[("", "—"), *((option, option) for option in field.options)], **common)
    if field.kind == CustomField.Kind.DATE:
        return DayField(**common)
    if field.kind == CustomField.Kind.YES:
        return forms.BooleanField(**{**common, "required": False})
    if field.kind == CustomField.Kind.NUMBER:
        return forms.DecimalField(localize=True, **common)
    if field.kind == CustomField.Kind.LONG:
        return forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"data-wide": "1"}), **common)
    return forms.CharField(max_length=300, **common)


class NewPatientForm(CardForm):
    """Three blocks and a comment; only the name and the phone are needed to book (PAT-02..07)."""

    BLOCKS = {
        "person": ("last_name", "first_name", "middle_name", "phone", "birth_date", "sex", "email", "home_phone"),
        "clinic": ("source", "source_note", "group", "doctor", "coordinator", "branch", "card_number",
                   "mailing_allowed"),
        "switch": ("is_foreign",),
        "passport": ("passport_series", "passport_number", "issued_by", "issued_on", "issuer_code"),
        "other": ("document_kind", "document_number", "citizenship"),
        "numbers": ("snils", "inn", "policy_number", "insurance_company"),
        "address": ("registered_address", "is_same_address", "actual_address"),
        "comment": ("comment",),
    }  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        may_identify = is_allowed(user, permissions.EDIT_IDENTITY)
        shown = [name for names in self.BLOCKS.values() for name in names]
        names = [name for name in shown if may_identify or name not in IDENTITY_FIELDS]
        own = [CUSTOM + field.code for field in fields_for(user)]
        super().__init__(*args, user=user, names=[*names, *own], **kwargs)
        self.fields["phone"].required = True
        self.fields["phone"].help_text = _("A visit can be booked with only a name and a phone.")
        self.fields["card_number"].help_text = _("Given by the system when left empty.")
        if len(self.fields["branch"].queryset) < 2:  # type: ignore[attr-defined]
            del self.fields["branch"]
        self.own_names = [name for name in own if name in self.fields]

    @property
    def blocks(self) -> dict[str, list[forms.BoundField]]:
        """Fields of each block that this user has."""
        made = {key: [self[name] for name in names if name in self.fields] for key, names in self.BLOCKS.items()}
        return {**made, "own": [self[name] for name in self.own_names]}


@dataclass(frozen=True, slots=True)
class FactGroup:
    """A line of the card that is edited in place: one field, or a few that make sense only together."""

    key: str
    label: Any
    names: tuple[str, ...]
    see: Permission = permissions.SEE
    edit: Permission = permissions.EDIT
    tab: str = "info"


def _one(name: str, tab: str, **rights: Any) -> FactGroup:
    return FactGroup(name, CardForm.base_fields[name].label, (name,), tab=tab, **rights)


CONTACT = {"see": permissions.SEE_CONTACTS}
SECRET = {"see": permissions.SEE_IDENTITY, "edit": permissions.EDIT_IDENTITY}
GROUPS: dict[str, FactGroup] = {
    group.key: group
    for group in (
        FactGroup("name", pgettext_lazy("person", "Full name"), ("last_name", "first_name", "middle_name"), tab="profile"),
        _one("phone", "profile", **CONTACT),
        _one("email", "profile", **CONTACT),
        _one("doctor", "profile"),
        _one("coordinator", "profile"),
        _one("treatment_status", "profile"),
        _one("stage", "profile"),
        _one("next_call_on", "profile"),
        FactGroup("source", _("Marketing channel"), ("source", "source_note"), tab="profile"),
        _one("group", "profile"),
        FactGroup("messages", _("Messages"), ("mailing_allowed", "reminders_allowed", "language"), tab="profile"),
        _one("branch", "profile"),
        _one("comment", "profile"),
        _one("birth_date", "info"),
        _one("sex", "info"),
        _one("home_phone", "info", **CONTACT),
        _one("more_phones", "info", **CONTACT),
        _one("card_number", "info"),
        _one("paper_card_place", "info"),
        FactGroup(
            "document", _("Document of identity"),
            ("is_foreign", "passport_series", "passport_number", "issued_by", "issued_on", "issuer_code",
             "document_kind", "document_number", "citizenship"), **SECRET,
        ),
        _one("snils", "info", **SECRET),
        _one("inn", "info", **SECRET),
        FactGroup("policy", _("Policy"), ("policy_number", "insurance_company"), **SECRET),
        FactGroup("address", _("Address"), ("registered_address", "is_same_address", "actual_address"), **SECRET),
    )
}  # fmt: skip


def facts_of(user: Any, tab: str) -> list[FactGroup]:
    """The lines of a tab that the user may see, the clinic's own fields last."""
    shown = [group for group in GROUPS.values() if group.tab == tab and is_allowed(user, group.see)]
    if tab == "info":
        shown += [FactGroup(CUSTOM + field.code, field.name, (CUSTOM + field.code,)) for field in fields_for(user)]
    return shown


class GroupForm(CardForm):
    """The fields of one line, filled from the card."""

    def __init__(
        self, *args: Any, user: Any, group: FactGroup, patient: Patient, identity: Identity, **kwargs: Any
    ) -> None:
        initial = {name: initial_of(name, patient, identity) for name in group.names}
        super().__init__(*args, user=user, names=group.names, initial=initial, **kwargs)
        for name in ("last_name", "first_name", "phone", "birth_date"):
            if name in self.fields:
                for attr in ASKS_FOR_DOUBLES:
                    self.fields[name].widget.attrs.pop(attr, None)
        self.keep_gone_choices(patient, identity)

    def keep_gone_choices(self, patient: Patient, identity: Identity) -> None:
        """A doctor who has left stays choosable where he is chosen already."""
        for name, field in self.fields.items():
            now = getattr(identity if name in IDENTITY_FIELDS else patient, name, None)
            if isinstance(field, forms.ModelChoiceField) and now is not None:
                known = field.queryset.values("pk")
                field.queryset = type(now).objects.filter(pk__in=known) | type(now).objects.filter(pk=now.pk)


def initial_of(name: str, patient: Patient, identity: Identity) -> Any:
    if name.startswith(CUSTOM):
        return patient.custom.get(name.removeprefix(CUSTOM), "")
    return getattr(identity if name in IDENTITY_FIELDS else patient, name)
