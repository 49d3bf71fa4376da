"""A form screen, as a page or in the side panel: services' refusals beside the fields, stale versions as a difference.

`form_page` is the whole view of most forms: nothing typed is lost, a second click changes nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Manager, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import text
from core.errors import DomainError, Forbidden, NotFound, Stale
from core.idempotency import once
from core.models import AuditEntry
from core.tables import date_of, decimal_of

# Fields


class MoneyField(forms.DecimalField):
    """A sum as people type it: «1 500,50 ₽» or "1,500.50"; never a third digit."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return super().to_python(decimal_of(ungrouped(str(value))))
        except ValueError as error:
            raise ValidationError(_("Enter a sum, for example 1500.50."), code="invalid") from error


# The mark that parts thousands, where it could be taken for that of kopecks; the pages' scripts write and read so.
GROUPS = {"en": ",", "ro": "."}


def ungrouped(text: str) -> str:
    """«3,000» is three thousand where thousands are parted so; a third digit after the mark is never kopecks."""
    mark = GROUPS.get(get_language() or "", "")
    is_grouped = mark and re.fullmatch(rf"\s*[+-]?\d{{1,3}}({re.escape(mark)}\d{{3}})+\s*", text)
    return text.replace(mark, "") if is_grouped else text


class DayField(forms.DateField):
    """A day as people type it; shown as 31.12.2025 in every language, which is what the mask makes."""

    widget = forms.DateInput(format="%d.%m.%Y")

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            day = date_of(str(value))
        except ValueError as error:
            raise ValidationError(_("Enter a date, for example 31.12.2025."), code="invalid") from error
        if not 1900 <= day.year <= 2200:
            raise ValidationError(_("This year is out of range."), code="invalid")
        return day


class CodeField(forms.CharField):
    """A code without blanks and with Cyrillic look-alikes made Latin: «А 16.07» is stored as «A16.07»."""

    def to_python(self, value: Any) -> str:
        return text.own_code(super().to_python(value) or "")


def searched(form: forms.BaseForm, name: str, url: str) -> None:
    """A choice from a long directory: only what is chosen stands in the page, the rest is asked for at `url`."""
    field: Any = form.fields[name]
    given = form.data.getlist(form.add_prefix(name)) if form.is_bound else form.get_initial_for_field(field, name)
    given = [given] if given and not isinstance(given, list | tuple) and not hasattr(given, "__iter__") else given or []
    ids = [item.pk if isinstance(item, Model) else item for item in given]
    rows = field.queryset.filter(pk__in=[pk for pk in ids if str(pk).isdigit()])
    field.widget.choices = [("", ""), *((row.pk, str(row)) for row in rows)]
    field.widget.attrs |= {"data-select": "", "data-url": url}


# The screen


@dataclass(frozen=True, slots=True)
class Done:
    """Where a saved form leads: a page goes to `url`, a panel closes; lists hear `<event>:changed`.

    With `follow` the page behind a panel goes to `url` too.
    """

    url: str = ""
    toast: str = ""
    event: str = ""
    follow: bool = False


def form_page(
    request: HttpRequest, form: forms.BaseForm, *, title: Any, save: Callable[[forms.BaseForm], Done],
    current: Model | None = None, template: str = "form.html", **context: Any,
) -> HttpResponse:  # fmt: skip
    """Show the form, or save it once. 422 with errors, 412 with the difference, 204 to HTMX, else a redirect.

    `save(form)` calls one service and says what then; `current` is the row that a stale version is compared with.
    """
    status = 200
    if current is not None and hasattr(current, "version"):
        context.setdefault("version", given_version(request) or current.version)
    if request.method == "POST":
        if form.is_valid():
            try:
                return done_answer(request, save_once(request, form, save))
            except Stale:
                if current is None:
                    raise
                current.refresh_from_db()
                status = Stale.status
                context |= {"version": current.version, "stale": stale_of(form, current)}
            except (Forbidden, NotFound):
                raise
            except DomainError as error:
                add_errors(form, error)
                status = 422
        else:
            status = 422
    is_fragment = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    name = f"{template}#fields" if is_fragment else template
    return render(request, name, {"form": form, "title": title, **context}, status=status)


def given_version(request: HttpRequest) -> int | None:
    """The version that the page has seen; anything else is none."""
    told = request.POST.get("version", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def save_once(request: HttpRequest, form: forms.BaseForm, save: Callable[[forms.BaseForm], Done]) -> Done:
    """Two clicks, two tabs with the same content: the second gets the answer of the first."""
    key = request.POST.get("idempotency_key", "")
    if not key or request.FILES:
        return save(form)
    body = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def work() -> dict[str, Any]:
        done = asdict(save(form))
        return {name: value if isinstance(value, bool) else str(value) for name, value in done.items()}

    answer, _replayed = once(
        user=request.user, method="POST", path=request.path, key=uuid5(NAMESPACE_URL, f"{key}:{digest}"),
        body=digest, work=work,
    )  # fmt: skip
    return Done(**answer)


def done_answer(request: HttpRequest, done: Done) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if done.toast:
            messages.success(request, done.toast)
        return redirect(done.url or request.path)
    if request.headers.get("HX-Target") != "panel-body" or done.follow:
        if done.toast:
            messages.success(request, done.toast)
        return HttpResponse(status=204, headers={"HX-Redirect": done.url or request.path})
    return panel_done(done)


def panel_done(done: Done) -> HttpResponse:
    """Close the side panel, say what was done and let the page behind ask for its rows again."""
    return HttpResponse(status=204, headers={"HX-Trigger": triggers(done, "panel:close")})


def told(done: Done) -> HttpResponse:
    """The answer to a button that leaves the page where it is."""
    return HttpResponse(status=204, headers={"HX-Trigger": triggers(done)})


def triggers(done: Done, *more: str) -> str:
    said: dict[str, Any] = dict.fromkeys(more, "")
    if done.toast:
        said["toast"] = {"text": quote(done.toast), "tone": "green"}
    if done.event:
        said[f"{done.event}:changed"] = ""
    return json.dumps(said)


def add_errors(form: forms.BaseForm, error: DomainError) -> None:
    """A refusal's sentences beside their fields; what has no field of this form stands above."""
    for name, sentences in error.fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, str(sentence))
    if not error.fields:
        form.add_error(None, str(error))


def stale_of(form: forms.BaseForm, current: Model) -> dict[str, Any]:
    """What the row holds now beside what was typed, for every field where they differ."""
    differences = []
    for bound in form.visible_fields():
        if not hasattr(current, bound.name):
            continue
        theirs, yours = getattr(current, bound.name), form.cleaned_data.get(bound.name)
        theirs = list(theirs.all()) if isinstance(theirs, Manager) else theirs
        yours = list(yours) if hasattr(yours, "iterator") else yours
        if theirs != yours and (theirs or yours):
            differences.append({
                "name": bound.name, "label": bound.label, "theirs": theirs, "yours": yours,
                "theirs_raw": raw(bound, theirs), "yours_raw": raw(bound, yours),
            })  # fmt: skip
    last = (
        AuditEntry.objects.filter(object_kind=current._meta.label_lower, object_id=current.pk).order_by("-pk").first()
    )
    return {"differences": differences, "by": last.actor_name if last else "", "at": last.at if last else None}


def raw(bound: forms.BoundField, value: Any) -> Any:
    """A value as its control holds it."""
    if isinstance(value, list):
        return ",".join(str(getattr(item, "pk", item)) for item in value)
    value = value.pk if isinstance(value, Model) else bound.field.prepare_value(value)
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else value
