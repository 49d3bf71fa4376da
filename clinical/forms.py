"""Input of treatment's screens."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinical.teeth import TEETH
from core.forms import DayField
from core.tables import decimal_of

TOOTH = re.compile(r"(\d\d)(?::([A-Z]{0,7}))?")


class TeethForm(forms.Form):
    """Teeth as the picture gives them: «36:MO,37»."""

    teeth = forms.CharField(required=False, max_length=600)

    def clean_teeth(self) -> dict[int, str]:
        given = [part for part in self.cleaned_data["teeth"].replace(" ", "").split(",") if part]
        found = [TOOTH.fullmatch(part) for part in given]
        if not all(found):
            raise forms.ValidationError(_("Choose teeth on the picture."))
        return {int(match[1]): match[2] or "" for match in found if match}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        teeth = data.get("teeth", {})
        return {**data, "teeth": list(teeth), "surfaces": teeth}


class NoteForm(TeethForm):
    """A diagnosis for the selected teeth, or for the whole mouth."""

    diagnosis_id = forms.IntegerField(min_value=1)
    note = forms.CharField(required=False, max_length=500)
    noted_on = DayField(required=False)

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("diagnosis" if field_name == "diagnosis_id" else field_name)


class MarkForm(TeethForm):
    """A letter of the formula for the selected teeth."""

    kind = forms.CharField(max_length=24)


class DeclineForm(forms.Form):
    """Why the patient has chosen otherwise."""

    reason = forms.CharField(label=_("Why"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class PlanServicesForm(forms.Form):
    """What the editor asks of the price list; a wrong part counts as not asked."""

    q = forms.CharField(required=False, max_length=100)
    category = forms.IntegerField(required=False, min_value=1)
    teeth = forms.CharField(required=False, max_length=300)

    def taken(self) -> dict[str, Any]:
        teeth = [int(part) for part in self.cleaned_data.get("teeth", "").split(",") if part.isdigit()]
        known = [tooth for tooth in teeth if tooth in TEETH]
        return {
            "text": self.cleaned_data.get("q", ""),
            "category_id": self.cleaned_data.get("category"),
            "teeth": known,
        }


def ids_of(post: QueryDict) -> list[int]:
    """Every `id` of a posted form that can be one."""
    return [int(pk) for pk in post.getlist("id") if pk.isascii() and pk.isdigit() and len(pk) < 18]


def approval_of(post: QueryDict) -> tuple[int | None, Decimal | None]:
    """The version and the total that the person has seen; a page that shows no sums sends none."""
    version, total = post.get("version", ""), post.get("total", "")
    try:
        seen = decimal_of(total) if total else None
    except ValueError:
        seen = None
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None, seen
