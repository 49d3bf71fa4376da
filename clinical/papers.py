"""What treatment gives to papers: a plan as a table with its sum (DOC-12)."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinical.permissions import SEE_PLAN_SUMS
from clinical.selectors import plan_view, plans_of_patient, plans_visible_to
from core.templatetags.ui import currency, money
from documents.slots import PLACES, Choice, Group, Subject
from documents.words import amount_in_words


def plans(subject: Subject) -> Sequence[tuple[int, str]]:
    rows = plans_of_patient(subject.patient_id, timezone.localdate())
    return [(row.pk, f"{row} · {money(row.total)}") for row in rows if row.status != "declined"]


def of_plan(subject: Subject) -> dict[str, Any]:
    rows = plans_visible_to(subject.user).filter(pk=subject.chosen.get("plan", 0), patient=subject.patient_id)
    plan = rows.first()
    if plan is None:
        return {}
    view = plan_view(plan)
    return {
        "plan_number": plan.number, "plan_doctor": plan.doctor.short_name, "plan_table": table_of(view),
        "sum_total": money(view.total), "sum_words": amount_in_words(view.total, currency(), subject.language),
    }  # fmt: skip


def table_of(view: Any) -> SafeString:
    heads = (_("Service"), _("Teeth"), _("Quantity"), _("Price"), _("Discount"), _("Sum"))
    rows = (
        (str(line.service), ", ".join(map(str, line.teeth)), line.quantity, money(line.price), money(line.discount),
         money(line.sum))
        for line in view.lines
    )  # fmt: skip
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((head,) for head in heads)),
        format_html_join(
            "", '<tr><td>{}</td><td>{}</td><td class="r">{}</td><td class="r">{}</td><td class="r">{}</td>'
            '<td class="r">{}</td></tr>', rows,
        ),
    )  # fmt: skip


PLACES.register(
    Group("plan", gettext_lazy("Treatment plan"), {
        "plan_number": gettext_lazy("Number of the plan"), "plan_doctor": gettext_lazy("Doctor of the plan"),
        "plan_table": gettext_lazy("Table of services"), "sum_total": gettext_lazy("Sum of the plan"),
        "sum_words": gettext_lazy("Sum in words"),
    }, of_plan, SEE_PLAN_SUMS, Choice("plan", gettext_lazy("Treatment plan"), plans)), module="clinical", order=60,
)  # fmt: skip
