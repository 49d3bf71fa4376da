"""The form of a pooled resource: its number in each branch, what needs it."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from clinic.selectors import branches_visible_to
from scheduling.forms import PickManyField
from scheduling.models import Pool


class PoolForm(forms.Form):
    """Counts are fields `count_<branch>` of the user's branches."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"data-wide": "1"}))
    services = PickManyField(
        queryset=Service.objects.live(),
        label=_("Needed by services"),
        required=False,
        help_text=_("Whoever is booked for one of them takes one for the whole visit."),
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services"), "data-wide": "1"}
        ),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, user: Any, row: Pool | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        had = {place.branch_id: place.count for place in row.places.all()} if row else {}
        self.branches = {f"count_{branch.pk}": branch.pk for branch in branches_visible_to(user)}
        for branch in branches_visible_to(user):
            self.fields[f"count_{branch.pk}"] = forms.IntegerField(
                label=branch.name, min_value=0, max_value=99, initial=had.get(branch.pk, 0)
            )
        self.fields["services"].show(self["services"].value())  # type: ignore[attr-defined]

    @property
    def fieldsets(self) -> list[tuple[Any, list[str], Any]]:
        return [
            ("", ["name", "services"], ""),
            (_("How many there are"), list(self.branches), _("A branch with none cannot book these services.")),
            ("", ["is_active"], ""),
        ]

    def values(self) -> dict[str, Any]:
        filled = self.cleaned_data
        return {
            "name": filled["name"],
            "is_active": filled["is_active"],
            "service_ids": [service.pk for service in filled["services"]],
            "counts": {branch: filled[name] for name, branch in self.branches.items()},
        }
