"""Input of the clinic's screens: shape and type only, rules stand in the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch, Chair, LegalEntity, Profession, Role, Staff, User
from core.phones import PhoneField
from core.zones import zone_choices, zone_name

DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
LANGUAGES = (("", _("As the clinic")), ("ru", "Русский"), ("en", "English"), ("ro", "Română"))


class RowForm(forms.ModelForm):
    """What stands twice or breaks a rule is said by the service, in the language of the person."""

    def validate_unique(self) -> None:
        return

    def validate_constraints(self) -> None:
        return


class EntityForm(RowForm):
    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = LegalEntity
        fields = (
            "name", "short_name", "inn", "kpp", "ogrn", "address", "phone", "email", "director_name", "licence",
            "bank_details",
        )  # fmt: skip
        widgets = {
            "name": forms.TextInput(attrs={"data-wide": "1"}),
            "address": forms.TextInput(attrs={"data-wide": "1"}),
        }

    fieldsets = (
        ("", ("name", "short_name", "director_name")),
        (_("Registration"), ("inn", "kpp", "ogrn", "licence")),
        (_("Contacts"), ("address", "phone", "email")),
        (_("Bank"), ("bank_details",)),
    )


def keep_zone(form: forms.Form | forms.ModelForm) -> None:
    """A zone that was given through the API stays in the choice, wherever in the world it is."""
    field, zone = form.fields["timezone"], form.get_initial_for_field(form.fields["timezone"], "timezone")
    if zone and zone not in dict(field.choices):  # type: ignore[attr-defined]
        field.choices = [(zone, zone_name(zone)), *field.choices]  # type: ignore[attr-defined]


class BranchForm(RowForm):
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, initial="Europe/Moscow")
    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = Branch
        fields = ("name", "legal_entity", "address", "phone", "timezone", "area_sqm")
        widgets = {"address": forms.TextInput(attrs={"data-wide": "1"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["legal_entity"].queryset = LegalEntity.objects.live()  # type: ignore[attr-defined]
        self.fields["legal_entity"].empty_label = None  # type: ignore[attr-defined]
        keep_zone(self)


class HoursForm(forms.Form):
    """Seven rows: open or not, from, to. The name of a weekday is `day_<number>`."""

    sure = forms.BooleanField(label=_("Booked visits stay as they are"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for day, name in enumerate(DAYS):
            self.fields[f"day_{day}"] = forms.BooleanField(label=name, required=False)
            self.fields[f"opens_{day}"] = forms.TimeField(label=_("Opens"), required=False)
            self.fields[f"closes_{day}"] = forms.TimeField(label=_("Closes"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for day in range(7):
            if data.get(f"day_{day}"):
                for name in ("opens", "closes"):
                    if f"{name}_{day}" in data and data[f"{name}_{day}"] is None:
                        self.add_error(f"{name}_{day}", _("Give the time, or switch the day off."))
        return data

    @property
    def hours(self) -> dict[int, tuple[Any, Any]]:
        data = self.cleaned_data
        return {day: (data[f"opens_{day}"], data[f"closes_{day}"]) for day in range(7) if data[f"day_{day}"]}

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"on": self[f"day_{day}"], "opens": self[f"opens_{day}"], "closes": self[f"closes_{day}"]}
            for day in range(7)
        ]


class DaysForm(forms.Form):
    first = forms.DateField(label=_("From"))
    last = forms.DateField(label=_("To"), required=False, help_text=_("Empty: one day only."))
    is_closed = forms.BooleanField(label=_("Closed all day"), required=False, initial=True)
    opens = forms.TimeField(label=_("Opens"), required=False)
    closes = forms.TimeField(label=_("Closes"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200, help_text=_("Shown in the calendar."))
    branches = forms.ModelMultipleChoiceField(
        label=_("Branches"), queryset=Branch.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    sure = forms.BooleanField(label=_("Booked visits stay as they are"), required=False)

    def __init__(self, *args: Any, branches: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branches"].queryset = branches  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["last"] = data.get("last") or data.get("first")
        if data.get("is_closed"):
            data["opens"] = data["closes"] = None
        elif not self.errors and data.get("opens") is None and data.get("closes") is None:
            self.add_error("opens", _("Give the hours, or tick that the branch is closed."))
        return data


class ChairForm(RowForm):
    class Meta:
        model = Chair
        fields = ("branch", "name", "purpose", "buffer_minutes")

    def __init__(self, *args: Any, branches: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["branch"]
        field.queryset, field.empty_label = branches, None
        if self.instance.pk:
            field.disabled = True


class PersonForm(RowForm):
    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = Staff
        fields = (
            "last_name", "first_name", "middle_name", "sex", "birth_date", "phone", "email", "is_doctor", "is_employee",
            "professions", "branches", "hired_on", "tone",
        )  # fmt: skip
        widgets = {"sex": forms.RadioSelect, "branches": forms.CheckboxSelectMultiple}

    fieldsets = (
        ("", ("last_name", "first_name", "middle_name", "sex", "birth_date", "phone", "email")),
        (_("Work"), ("is_doctor", "is_employee", "professions", "branches", "hired_on", "tone")),
    )
    tone = forms.ChoiceField(label=_("Colour in the calendar"), choices=(
        ("blue", _("Blue")), ("green", _("Green")), ("amber", _("Amber")), ("violet", _("Violet")), ("teal", _("Teal")),
        ("pink", _("Pink")), ("red", _("Red")), ("grey", _("Grey")),
    ))  # fmt: skip

    def __init__(self, *args: Any, branches: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branches"].queryset = branches  # type: ignore[attr-defined]
        self.fields["professions"].queryset = Profession.objects.live()  # type: ignore[attr-defined]
        self.fields["sex"].choices = [choice for choice in self.fields["sex"].choices if choice[0]]  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    on = forms.DateField(label=_("First day without this person"))


class InviteForm(forms.Form):
    """An account for a person on the staff, or for somebody who is not on it (an owner, an accountant outside)."""

    username = forms.CharField(label=pgettext_lazy("account", "Login"), max_length=60)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("The link is mailed here; it is shown to you as well.")
    )
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=200, required=False)
    staff = forms.ModelChoiceField(label=_("Person on the staff"), queryset=Staff.objects.none(), required=False)
    roles = forms.ModelMultipleChoiceField(
        label=_("Roles"), queryset=Role.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    branches = forms.ModelMultipleChoiceField(
        label=_("Branches"), queryset=Branch.objects.none(), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Nothing ticked means every branch."),
    )  # fmt: skip

    def __init__(self, *args: Any, branches: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["staff"].queryset = people
        fields["branches"].queryset = branches
        fields["roles"].queryset = Role.objects.exclude(code="partner")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("staff") and not data.get("name"):
            self.add_error("name", _("Give a name, or choose a person on the staff."))
        return data


class AccountForm(RowForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)

    class Meta:
        model = User
        fields = ("username", "name", "email", "language", "roles", "branches", "days_back")
        widgets = {"roles": forms.CheckboxSelectMultiple, "branches": forms.CheckboxSelectMultiple}

    fieldsets = (
        ("", ("username", "name", "email", "language")),
        (_("What this person may"), ("roles", "branches", "days_back")),
    )

    def __init__(self, *args: Any, branches: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["branches"].queryset = branches
        fields["branches"].help_text = _("Nothing ticked means every branch.")
        fields["roles"].queryset = Role.objects.exclude(code="partner")


class RoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    scope = forms.ChoiceField(
        label=_("Sees"),
        choices=Role.Scope.choices,
        initial=Role.Scope.BRANCH,
        widget=forms.RadioSelect(attrs={"data-wide": "1"}),
    )
    days_back = forms.IntegerField(
        label=_("Days of money visible"), required=False, min_value=1, max_value=3650,
        help_text=_("1 is today only, empty is any day."),
    )  # fmt: skip
    start_from = forms.ModelChoiceField(
        label=_("Start with the rights of"), queryset=Role.objects.none(), required=False, empty_label=_("no rights")
    )

    def __init__(self, *args: Any, role: Role | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        if role is None:
            fields["start_from"].queryset = Role.objects.exclude(code="partner")
            fields["name"].required = True
        else:
            del fields["start_from"]
            if role.is_built_in:
                fields["name"].help_text = _("Empty: the usual name in your language.")


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten signs. A sentence that you remember is the best."), strip=False,
    )  # fmt: skip
    again = forms.CharField(
        label=_("Once more"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords differ."))
        return data


class PinForm(forms.Form):
    pin = forms.CharField(
        label=_("PIN"), max_length=6, help_text=_("Four to six digits."),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class LockDateForm(forms.Form):
    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False, empty_label=_("All branches")
    )
    role = forms.ModelChoiceField(
        label=_("For the role"), queryset=Role.objects.none(), required=False, empty_label=_("Everybody")
    )
    until = forms.DateField(label=_("Closed up to and including"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["branch"].queryset = Branch.objects.live()
        fields["role"].queryset = Role.objects.exclude(code="partner")
