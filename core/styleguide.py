"""/styleguide/: every component with its states, on sample data that belongs to nobody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import SIGNED_IN, requires
from core.listing import Column
from core.templatetags.ui import CELLS, cell_html

TONES = ("blue", "green", "amber", "red", "violet", "pink", "teal", "grey")
STATUSES = (
    ("booked", _("Booked")),
    ("confirmed", pgettext_lazy("appointment", "Confirmed")),
    ("arrived", _("Arrived")),
    ("in_chair", _("In the chair")),
    ("completed", _("Completed")),
    ("no_show", _("Did not come")),
    ("cancelled", _("Cancelled")),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    surname = forms.CharField(label=_("Surname"), help_text=_("As in the passport"))
    phone = forms.CharField(label=_("Phone"), widget=forms.TextInput(attrs={"data-kind": "phone"}))
    born = forms.DateField(label=_("Birth date"), required=False)
    at = forms.TimeField(label=_("Time"), required=False)
    fee = forms.DecimalField(label=_("Sum"), required=False, widget=forms.TextInput(attrs={"data-kind": "money"}))
    rate = forms.DecimalField(
        label=_("Percent"), required=False, widget=forms.TextInput(attrs={"data-kind": "percent"})
    )
    sex = forms.ChoiceField(
        label=_("Sex"), widget=forms.RadioSelect, choices=[("f", _("Female")), ("m", _("Male"))], initial="f"
    )
    source = forms.ChoiceField(label=_("Source"), choices=[("1", _("Recommended")), ("2", _("Web site"))])
    marks = forms.MultipleChoiceField(
        label=_("Marks"), required=False, choices=[("a", _("Allergy")), ("o", _("Ortho"))], initial=["a"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    is_vip = forms.BooleanField(label="VIP", required=False, initial=True, help_text=_("Everybody sees the mark"))
    secret = forms.CharField(label=_("Password"), required=False, widget=forms.PasswordInput)
    note = forms.CharField(label=_("Comment"), required=False, widget=forms.Textarea)


@dataclass(frozen=True)
class SampleJob:
    """A background job as its bar sees it."""

    key: str
    title: Any
    state: str
    done: int = 0
    total: int = 0
    note: str = ""
    is_over: bool = True

    @property
    def progress(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def samples_of_cells() -> list[tuple[str, str]]:
    """Every kind of a list's cell, written."""
    now = timezone.now()
    values: dict[str, Any] = {
        "text": "Иванова А. П.", "link": ("№ 1042", "#"), "money": 12400, "balance": -4800, "number": 1204.5, "percent": 12.4,
        "date": now, "datetime": now, "time": now, "bool": True, "badge": (_("Completed"), "green"),
        "badges": [("VIP", "amber"), (_("Allergy"), "red")], "status": ("confirmed", STATUSES[1][1]),
        "phone": "+79162041783", "email": "anna@example.com", "user": "Анна Павлова", "progress": 64,
        "person": {"name": "Ковалёва Марина", "sub": ["№ 004217"], "marks": [(_("Barter"), "pink")], "url": "#"},
    }  # fmt: skip
    return [(kind, cell_html(Column(kind, kind, kind=kind), values[kind])) for kind in sorted(CELLS)]


@requires(SIGNED_IN)
def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    wrong = SampleForm({"surname": "", "phone": "+7 916 204", "source": "1", "sex": "f"})
    wrong.add_error("phone", _("The number is not complete: 11 digits are needed"))
    return render(
        request,
        "styleguide.html",
        {
            "tones": TONES,
            "statuses": STATUSES,
            "sample": SampleForm(),
            "wrong": wrong,
            "cells": samples_of_cells(),
            "tab_items": [
                {"key": "one", "title": _("Overview"), "url": "/styleguide/", "push": "false", "count": "", "on": True},
                {"key": "two", "title": _("Visits"), "url": "/styleguide/", "push": "false", "count": 12, "on": False},
            ],
            "points": [4, 6, 5, 8, 7, 9, 12, 11, 14],
            "parts": [("green", 52), ("amber", 20), ("red", 8)],
            "why": {
                "name": _("Income"),
                "value": 834200,
                "formula": _("services rendered − discounts − refunds"),
                "filters": [_("Today"), "Тверская"],
                "rows": 64,
                "href": "#",
                "changes": [("Орлов П. А.", 12400), ("Ким Д. С.", -1800)],
            },
            "jobs": [
                SampleJob("a", _("Export of patients"), "running", 640, 1000, is_over=True),
                SampleJob("b", _("Export of patients"), "done", 1000, 1000),
                SampleJob("c", _("Import of patients"), "failed", 210, 1000, _("Line 211: no surname")),
            ],
            "events": [
                {"icon": "stethoscope", "tone": "green", "title": _("Completed"), "by": "Иванова А. П.", "at": now},
                {
                    "icon": "cash",
                    "tone": "amber",
                    "title": _("Deposit"),
                    "by": "Павлова А.",
                    "at": now - timedelta(days=1),
                },
            ],
            "stale": {
                "by": "Петров С. В.",
                "at": now - timedelta(minutes=5),
                "differences": [
                    {
                        "name": "x",
                        "label": _("Surname"),
                        "theirs": "Ковалёва-Мороз",
                        "yours": "Ковалева",
                        "theirs_raw": "",
                        "yours_raw": "",
                    }
                ],
            },
            "notices": [
                {
                    "icon": "calendar-x",
                    "tone": "red",
                    "title": _("Patient cancelled online"),
                    "text": "Захарова И. В., 09:30",
                    "at": now,
                    "is_unread": True,
                },
                {
                    "icon": "file-check",
                    "tone": "green",
                    "title": _("Plan signed"),
                    "text": "Морозов Д. И.",
                    "at": now - timedelta(days=1),
                },
            ],
        },
    )
