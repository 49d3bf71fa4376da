"""Shape of a task, of a repeating one, and of the choice of notifications."""

from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import BUILT_IN_ROLES, Profession
from clinic.selectors import branches_visible_to, professions_live
from core import clock
from core.forms import DayField
from work import selectors
from work.models import Addressed, Task, TaskRule
from work.notices import REGISTRY
from work.subjects import record_named

WEEKDAYS = [
    (0, _("Mon")), (1, _("Tue")), (2, _("Wed")), (3, _("Thu")), (4, _("Fri")), (5, _("Sat")), (6, _("Sun")),
]  # fmt: skip
MANY = {"data-select": ""}
WHO = [("", _("Whoever takes it first")), ("1", _("Each for himself"))]


class LinesField(forms.CharField):
    """One thing a line; gives a list."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, list):
            return value
        return [line.strip()[:200] for line in str(value or "").splitlines() if line.strip()][:50]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class GroupsForm(forms.ModelForm):
    """Persons, groups of doctors by specialty, groups of employees by role or position (TSK-02)."""

    people = forms.ModelMultipleChoiceField(None, label=_("Persons"), required=False)
    doctor_groups = forms.ModelMultipleChoiceField(None, label=_("Doctors of a specialty"), required=False)
    staff_groups = forms.MultipleChoiceField(label=_("Groups of employees"), required=False)
    each = forms.TypedChoiceField(
        label=_("If there are several"),
        required=False,
        choices=WHO,
        coerce=bool,
        empty_value=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        row = kwargs.get("instance")
        if row is not None:
            kwargs["initial"] = {**self.chosen(row), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.user = user
        fields: Any = self.fields
        fields["people"].queryset = selectors.executors()
        fields["doctor_groups"].queryset = professions_live().filter(kind=Profession.Kind.DOCTOR)
        fields["staff_groups"].choices = [
            (_("Roles"), [(f"role:{code}", name) for code, name in BUILT_IN_ROLES.items() if code != "partner"]),
            (_("Positions"), [(f"profession:{row.pk}", row.name) for row in professions_live().filter(kind=Profession.Kind.STAFF)]),
        ]  # fmt: skip
        for name in ("people", "doctor_groups", "staff_groups"):
            fields[name].widget.attrs |= MANY
        fields["branch"].queryset = branches_visible_to(user)

    @staticmethod
    def chosen(row: Addressed) -> dict[str, Any]:
        return {
            "people": row.person_ids, "doctor_groups": row.profession_ids,
            "staff_groups": [*(f"role:{code}" for code in row.roles), *(f"profession:{pk}" for pk in row.profession_ids)],
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        names = {"people", "doctor_groups", "staff_groups"}
        if not names & set(self.errors) and not any(data.get(name) for name in names):
            self.add_error("people", _("Choose a person or a group."))
        return data

    def groups(self) -> dict[str, list[Any]]:
        """What was chosen, as services take it."""
        named = [code.split(":") for code in self.cleaned_data["staff_groups"]]
        return {
            "person_ids": [user.pk for user in self.cleaned_data["people"]],
            "roles": [value for kind, value in named if kind == "role"],
            "profession_ids": [
                *(row.pk for row in self.cleaned_data["doctor_groups"]),
                *(int(value) for kind, value in named if kind == "profession"),
            ],
        }

    def given(self, *names: str) -> dict[str, Any]:
        """Fields of the form and the groups; a chosen row by its id."""
        data: dict[str, Any] = {}
        for name in names:
            value = self.cleaned_data.get(name)
            data[f"{name}_id" if name == "branch" else name] = value.pk if isinstance(value, Model) else value
        return {**data, **self.groups()}


class TaskForm(GroupsForm):
    class Meta:
        model = Task
        fields = ("title", "branch", "due_at", "is_urgent", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "title": forms.TextInput(attrs={"data-wide": "1"})}

    fieldsets = (
        ("", ("title", "people", "doctor_groups", "staff_groups", "each"), ""),
        ("", ("due_at", "branch", "is_urgent", "text"), ""),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["each"]


class NewTaskForm(TaskForm):
    """With the checklist and the rhythm, which later have places of their own (TSK-12)."""

    checklist = LinesField(label=_("Checklist"), required=False, help_text=_("One thing a line."))
    rhythm = forms.ChoiceField(label=_("Repeat"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days"), required=False, choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    ends_on = DayField(label=_("Repeat until"), required=False)
    about = forms.CharField(
        label=_("About"), required=False, max_length=80, help_text=_("A patient, a visit, a plan, an invoice: by name or number."),
        widget=forms.Select(attrs={"data-select": "", "data-url": reverse_lazy("work:subjects-pick"), "data-wide": "1"}),
    )  # fmt: skip

    fieldsets = (
        (*TaskForm.fieldsets[0][:1], (*TaskForm.fieldsets[0][1], "about"), ""),
        *TaskForm.fieldsets[1:],
        (_("Checklist and repeating"), ("checklist", "rhythm", "weekdays", "ends_on"), ""),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rhythm"].choices = [("", _("Once")), *TaskRule.Rhythm.choices]  # type: ignore[attr-defined]
        self.fields["checklist"].widget.attrs["data-wide"] = "1"
        chosen = str((self.data if "about" in self.data else self.initial).get("about") or "")
        self.about = record_named(self.user, chosen) if chosen else None
        label = self.about[2].label if self.about else chosen
        self.fields["about"].widget.choices = [("", ""), *([(chosen, label)] if chosen else [])]  # type: ignore[attr-defined]
        self.fields["weekdays"].help_text = _("For a weekly task.")

    def clean_about(self) -> str:
        if self.cleaned_data["about"] and self.about is None:
            raise forms.ValidationError(_("There is no such record."))
        return self.cleaned_data["about"]

    def subject(self) -> dict[str, Any]:
        """The record that the task is tied to, as the service takes it."""
        if self.about is None:
            return {}
        kind, pk, found = self.about
        return {"subject": (kind, pk), "patient_id": found.patient_id}

    def rule(self) -> dict[str, Any]:
        """What a repeating task needs; its first day and hour are those of the term."""
        zone = self.cleaned_data["branch"].timezone if self.cleaned_data["branch"] else "Europe/Moscow"
        due = self.cleaned_data["due_at"]
        data = self.given("title", "text", "each", "branch", "is_urgent", "checklist", "rhythm", "weekdays", "ends_on")
        data["starts_on"] = clock.local(due, zone).date() if due else clock.today(zone)
        return data | ({"due_time": clock.local(due, zone).time()} if due else {})


class RuleForm(GroupsForm):
    """A repeating task: what will be given from the next time on."""

    checklist = LinesField(label=_("Checklist"), required=False, help_text=_("One thing a line."))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days"), required=False, choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    ends_on = DayField(label=_("Repeat until"), required=False)

    class Meta:
        model = TaskRule
        fields = ("title", "branch", "is_urgent", "text", "rhythm", "due_time", "ends_on", "checklist", "weekdays")
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3}), "title": forms.TextInput(attrs={"data-wide": "1"}),
            "due_time": forms.TimeInput(format="%H:%M"),
        }  # fmt: skip

    fieldsets = (
        ("", ("title", "people", "doctor_groups", "staff_groups", "each"), ""),
        ("", ("rhythm", "weekdays", "due_time", "ends_on"), ""),
        ("", ("branch", "is_urgent", "text", "checklist"), ""),
    )

    @staticmethod
    def chosen(row: Addressed) -> dict[str, Any]:
        return GroupsForm.chosen(row) | {"each": "1" if row.each else ""}  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        return self.given(
            "title", "text", "each", "branch", "is_urgent", "checklist", "rhythm", "weekdays", "due_time", "ends_on"
        )


class CorrectionForm(forms.Form):
    """When it really was, and why it was not marked so."""

    started_at = forms.DateTimeField(label=pgettext_lazy("working time", "Start"))
    ended_at = forms.DateTimeField(label=_("End of work"))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))


class MessageForm(forms.Form):
    """A message: words, a file, whom it calls."""

    text = forms.CharField(
        label=_("Message"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 1, "data-grow": ""})
    )
    file = forms.FileField(label=_("File"), required=False)
    mention = forms.ModelMultipleChoiceField(None, label=_("Mention"), required=False)

    def __init__(self, *args: Any, readers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mention"].queryset = readers  # type: ignore[attr-defined]
        self.fields["mention"].widget.attrs |= MANY


class RoomForm(forms.Form):
    """With whom to talk."""

    people = forms.ModelMultipleChoiceField(None, label=_("With whom"))
    title = forms.CharField(
        label=_("Name of the group"), max_length=120, required=False, help_text=_("For several people.")
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people  # type: ignore[attr-defined]
        self.fields["people"].widget.attrs |= MANY


class KindsForm(forms.Form):
    """What a user wants to hear of."""

    kinds = forms.MultipleChoiceField(label=_("Tell me of"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(code, notice.title) for code, notice in REGISTRY.items()]  # type: ignore[attr-defined]
