"""What money gives to papers: an invoice as the table of an act (DOC-12)."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.permissions import SEE_MONEY
from billing.selectors.invoices import invoices_visible_to
from billing.selectors.papers import invoice_paper
from core.templatetags.ui import currency, day, money
from documents.slots import PLACES, Choice, Group, Subject
from documents.words import amount_in_words

SHOWN = 50
OFFERED = ("issued", "partly_paid", "paid")


def invoices(subject: Subject) -> Sequence[tuple[int, str]]:
    rows = invoices_visible_to(subject.user).filter(patient=subject.patient_id, status__in=OFFERED).order_by("-pk")
    return [(row.pk, f"№ {row.number} · {money(row.total)}") for row in rows[:SHOWN]]


def of_invoice(subject: Subject) -> dict[str, Any]:
    rows = invoices_visible_to(subject.user).select_related("branch__legal_entity", "legal_entity", "patient")
    invoice = rows.filter(pk=subject.chosen.get("invoice", 0), patient=subject.patient_id, status__in=OFFERED).first()
    if invoice is None:
        return {}
    paper = invoice_paper(invoice, subject.language)
    lines = ((line.name, line.teeth, line.quantity, money(line.price), money(line.sum)) for line in paper.lines)
    heads = (_("Service"), _("Teeth"), _("Quantity"), _("Price"), _("Sum"))
    table = format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((head,) for head in heads)),
        format_html_join(
            "", '<tr><td>{}</td><td>{}</td><td class="r">{}</td><td class="r">{}</td><td class="r">{}</td></tr>', lines
        ),
    )  # fmt: skip
    return {
        "invoice_number": paper.number, "invoice_date": day(paper.day) if paper.day else "", "invoice_table": table,
        "invoice_total": money(paper.total), "invoice_words": amount_in_words(paper.total, currency(), subject.language),
    }  # fmt: skip


PLACES.register(
    Group("invoice", gettext_lazy("Invoice"), {
        "invoice_number": gettext_lazy("Number of the invoice"), "invoice_date": gettext_lazy("Date of the invoice"),
        "invoice_table": gettext_lazy("Table of services"), "invoice_total": gettext_lazy("Sum of the invoice"),
        "invoice_words": gettext_lazy("Sum in words"),
    }, of_invoice, SEE_MONEY, Choice("invoice", gettext_lazy("Invoice"), invoices)), module="billing", order=70,
)  # fmt: skip
