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


class NoteForm(forms.Form):
    """A diagnosis for teeth written as the picture gives them: «36:MO,37»."""

    diagnosis = forms.IntegerField(min_value=1)
    teeth = forms.CharField(required=False, max_length=600)
    note = forms.CharField(required=False, max_length=500)
    noted_on = DayField(required=False)

    def clean_teeth(self) -> dict[int, str]:
        given = [part for part in self.cleaned_data["teeth"].replace(" ", "").split(",") if part]
        found = [TOOTH.fullmatch(part) for part in given]
        if not all(found):
            raise forms.ValidationError(_("Choose teeth on the picture."))
        return {int(match[1]): match[2] or "" for match in found if match}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        teeth, diagnosis = data.pop("teeth", {}), data.pop("diagnosis", None)
        return {**data, "diagnosis_id": diagnosis, "teeth": list(teeth), "surfaces": teeth}


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
