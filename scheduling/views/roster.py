"""The staff schedule's page: a month, or any dates, with hours or as days only."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from clinic.selectors import branches_visible_to
from core import clock
from core.access import is_allowed, requires
from core.forms import DayField
from scheduling import permissions
from scheduling.selectors.roster import roster_of

LONGEST = 62


class RosterForm(forms.Form):
    """Dates, branch, and whether hours are shown (HR-17, HR-18, HR-19)."""

    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)
    branch = forms.ModelChoiceField(None, label=_("Branch"), required=False, empty_label=_("All branches"))
    mode = forms.ChoiceField(choices=[("", _("With hours")), ("days", _("Days only"))], required=False)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branch"].queryset = branches_visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and not 0 <= (given["last"] - given["first"]).days < LONGEST:
            self.add_error("last", _("Two months at most, and not before the first day."))
        return given


def month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@requires(permissions.SEE)
def roster(request: HttpRequest) -> HttpResponse:
    """Who works when; this month unless other dates are asked for."""
    form = RosterForm(request.GET, user=request.user)
    is_valid, asked = form.is_valid(), getattr(form, "cleaned_data", {})
    branches = [asked["branch"]] if asked.get("branch") else list(branches_visible_to(request.user))
    today = clock.today(branches[0].timezone) if branches else clock.now().date()
    first, last = month_of(asked.get("first") or today)
    if asked.get("first") and asked.get("last"):
        first, last = asked["first"], asked["last"]
    if is_valid:  # the dates shown stand in the fields too
        form = RosterForm({**request.GET.dict(), "first": first, "last": last}, user=request.user)
    context = {
        "form": form, "roster": roster_of(request.user, branches, first, last), "first": first, "last": last, "today": today,
        "earlier": month_of(first - timedelta(days=1)), "later": month_of(last + timedelta(days=1)), "active": "roster",
        "days_only": asked.get("mode") == "days", "may_edit": is_allowed(request.user, permissions.EDIT_SHIFTS),
        "several": len(branches) > 1, "branch": asked.get("branch"),
    }  # fmt: skip
    return render(request, "scheduling/roster.html", context, status=200 if is_valid else 400)
