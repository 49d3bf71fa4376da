"""Forms of the import wizard."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.selectors import branches_visible_to
from core.tables import Table
from patients.imports import FIELDS


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"))


class ColumnsForm(forms.Form):
    """Which column of the file is which field: a choice for each column, named `column-<number>`."""

    branch = forms.ModelChoiceField(
        None, label=_("Branch of cards that name none"), required=False, empty_label=_("None: seen by every branch")
    )

    def __init__(self, table: Table, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches_visible_to(user)  # type: ignore[attr-defined]
        choices = [("", _("do not import")), *((each.name, each.label) for each in FIELDS)]
        for number, heading in enumerate(table.headings):
            label = heading or _("Column %(number)s") % {"number": number + 1}
            self.fields[f"column-{number}"] = forms.ChoiceField(choices=choices, required=False, label=label)

    def columns(self) -> dict[str, int]:
        chosen = ((name, value) for name, value in self.cleaned_data.items() if name.startswith("column-") and value)
        return {value: int(name.removeprefix("column-")) for name, value in chosen}

    def options(self) -> dict[str, Any]:
        branch = self.cleaned_data.get("branch")
        return {"branch": branch.pk} if branch else {}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chosen = [value for name, value in given.items() if name.startswith("column-") and value]
        labels = {each.name: each.label for each in FIELDS}
        for name in sorted(set(chosen)):
            if chosen.count(name) > 1:
                self.add_error(None, _("“%(field)s” is chosen for two columns.") % {"field": labels[name]})
        if "full_name" not in chosen and not {"last_name", "first_name"} <= set(chosen):
            self.add_error(None, _("Say which column is the full name, or which are the surname and the first name."))
        return given
