"""What cards themselves tell status rules; visits and money are told by the apps above."""

from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, CharField, Expression, F, Func, IntegerField, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from patients.models import Group, Patient, Source
from patients.slots import FACTS, Fact

NAME = "patients"


def months_since(since: Any, today: date) -> Expression:
    """Whole months from `since` (a day or a moment) to `today`; NULL where there is none."""
    return AgeMonths(since, Value(today))


class AgeMonths(Func):
    """extract() of age(): PostgreSQL counts calendar months as people do."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        since, first = compiler.compile(self.source_expressions[0])
        today, second = compiler.compile(self.source_expressions[1])
        age = f"age(({today})::date, ({since})::date)"
        return f"(extract(year FROM {age}) * 12 + extract(month FROM {age}))::int", [*second, *first, *second, *first]


def years_old(today: date) -> Expression:
    return Func(
        Func(Value(today), F("birth_date"), template="age(%(expressions)s)", arg_joiner="::date, "),
        template="extract(year FROM %(expressions)s)::int", output_field=IntegerField(),
    )  # fmt: skip


def yes(name: str) -> Any:
    return lambda today: Case(When(**{name: True}, then=Value(True)), default=Value(False), output_field=BooleanField())


def text_of(name: str) -> Any:
    return lambda today: Cast(F(name), CharField())


def rows_of(model: Any) -> Any:
    return lambda: [(str(row.pk), row.name) for row in model.objects.live()]


def register() -> None:
    for fact in (
        Fact("age", _("Age"), "number", years_old, _("years")),
        Fact("months_since_registration", _("The card was opened"), "number",
             lambda today: months_since(F("created_at"), today), _("months ago")),
        Fact("kind", _("Patient type"), "choice", text_of("kind"), choices=lambda: Patient.Kind.choices),
        Fact("treatment_status", _("Treatment"), "choice", text_of("treatment_status"),
             choices=lambda: Patient.TreatmentStatus.choices),
        Fact("source", _("Channel"), "choice", text_of("source_id"), choices=rows_of(Source)),
        Fact("group", _("CLV group"), "choice", text_of("group_id"), choices=rows_of(Group)),
        Fact("is_active", _("Account is active"), "yes", yes("is_active")),
        Fact("mailing_allowed", _("Agrees to marketing messages"), "yes", yes("mailing_allowed")),
    ):  # fmt: skip
        FACTS.register(fact, module=NAME)
