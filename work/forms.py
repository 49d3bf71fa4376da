"""Shape of a task and of the choice of notifications."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import BUILT_IN_ROLES
from clinic.selectors import professions_live
from work import selectors
from work.models import Task
from work.notices import REGISTRY


class TaskForm(forms.ModelForm):
    """A person, or one of the two kinds of group (TSK-02)."""

    role = forms.ChoiceField(label=_("or anybody of the role"), required=False)

    class Meta:
        model = Task
        fields = ("title", "executor", "role", "profession", "branch", "due_at", "is_urgent", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4}), "title": forms.TextInput(attrs={"data-wide": "1"})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["executor"].queryset = selectors.executors()  # type: ignore[attr-defined]
        self.fields["profession"].queryset = professions_live()  # type: ignore[attr-defined]
        self.fields["branch"].queryset = self.fields["branch"].queryset.filter(pk__in=user.branch_ids)  # type: ignore[attr-defined]
        staff_roles = [(code, name) for code, name in BUILT_IN_ROLES.items() if code != "partner"]
        self.fields["role"].choices = [("", "—"), *staff_roles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = [name for name in ("executor", "role", "profession") if data.get(name)]
        if not named and not {"executor", "role", "profession"} & set(self.errors):
            self.add_error("executor", _("Choose a person or a group."))
        if len(named) > 1:
            self.add_error(named[1], _("Either a person or one group."))
        return data


class KindsForm(forms.Form):
    """What a user wants to hear of."""

    kinds = forms.MultipleChoiceField(label=_("Tell me of"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(code, notice.title) for code, notice in REGISTRY.items()]  # type: ignore[attr-defined]
