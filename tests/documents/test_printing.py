"""Paper: the invoice and the receipt as PDF, kept as they were printed."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from billing.selectors.papers import invoice_paper, receipt_of
from billing.services import deposit_put
from documents import services
from documents.errors import PdfUnavailable
from documents.models import Document
from documents.services import printing
from tests.billing.money import D, invoice_of, pay

pytestmark = pytest.mark.django_db


def text_of(pdf: bytes) -> str:
    """The words of a sheet, lines joined."""
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.feature("DOC-12", "DOC-15")
def test_the_printed_invoice_reads_in_russian_and_english(client, anna, director, doctor):
    invoice = invoice_of(anna, director, 4000, 860, doctor=doctor.staff, discount=D(60), discount_reason="акция")
    pay(invoice, director, cash=1000)
    client.force_login(director)
    answer = client.get(f"/invoices/{invoice.pk}/invoice.pdf?lang=ru")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    text = text_of(body_of(answer))
    for piece in (
        "Счёт № 1",
        "Ёлкина Анна Петровна",
        "Соколова М. А.",
        "4 800",
        "Четыре тысячи восемьсот рублей 00 копеек",
        "7707083893",
    ):
        assert piece in text, text
    text = text_of(body_of(client.get(f"/invoices/{invoice.pk}/invoice.pdf?lang=en")))
    for piece in ("Invoice № 1", "4,800", "Four thousand eight hundred roubles", "Left to pay"):
        assert piece in text, text


def test_the_receipt_says_what_was_paid_by_what(client, anna, director):
    deposit_put(patient_id=anna.pk, tenders=[("card", D(200))], actor=director)
    invoice = invoice_of(anna, director, 1000)
    payment = pay(invoice, director, cash=700, card=200, deposit=200).payment
    paper = receipt_of(payment)
    assert [(name, amount) for name, amount in paper.items] == [
        (f"{invoice.lines.get().name} (№ 1)", D(1000)),
        ("Аванс", D(100)),
    ]
    assert (paper.cash, paper.card, paper.deposit, paper.total) == (D(700), D(200), D(200), D(1100))
    client.force_login(director)
    text = text_of(body_of(client.get(f"/payments/{payment.pk}/receipt.pdf?lang=ru")))
    for piece in ("Одна тысяча сто рублей", "Наличные", "без НДС", "Не является фискальным документом"):
        assert piece in text, text


def test_the_same_sheet_printed_again_is_the_copy_that_is_kept(client, anna, director):
    invoice = invoice_of(anna, director, 1000)
    client.force_login(director)
    first = body_of(client.get(f"/invoices/{invoice.pk}/invoice.pdf"))
    assert body_of(client.get(f"/invoices/{invoice.pk}/invoice.pdf")) == first
    assert Document.objects.count() == 1
    pay(invoice, director, cash=100)
    assert body_of(client.get(f"/invoices/{invoice.pk}/invoice.pdf")) != first
    assert Document.objects.count() == 2


def test_a_server_without_pango_says_so_in_a_sentence(client, anna, director, monkeypatch):
    def broken(html):
        raise PdfUnavailable

    invoice = invoice_of(anna, director, 1000)
    monkeypatch.setattr(printing, "pdf_render", broken)
    client.force_login(director)
    answer = client.get(f"/invoices/{invoice.pk}/invoice.pdf")
    assert answer.status_code == 503
    assert "Pango" in answer.content.decode()


def test_the_library_is_missing_when_its_system_part_is(monkeypatch):
    import builtins

    real = builtins.__import__

    def fake(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'pango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fake)
    with pytest.raises(PdfUnavailable):
        services.pdf_render("<p>лист</p>")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://10.0.0.1/", "https://paper.invalid/static/../manage.py"])
def test_a_sheet_fetches_nothing_but_our_own_files(url):
    with pytest.raises(ValueError, match="may not fetch"):
        services.own_file(url)
    assert services.own_file("https://paper.invalid/static/css/print.css")[1] == "text/css"


def test_the_paper_is_plain_data(anna, director):
    invoice = invoice_of(anna, director, 1000)
    paper = invoice_paper(invoice, "ru")
    assert (paper.number, paper.total, paper.due, paper.words) == (
        "1",
        D(1000),
        D(1000),
        "Одна тысяча рублей 00 копеек",
    )
