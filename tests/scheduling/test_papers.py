"""The day and the route slip on paper: what this reader may know, and nothing else."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.models import AuditEntry
from patients.models import Alert
from scheduling.services import appointment_cancel, block_create, shift_create
from tests.cast import person
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-57")]


@pytest.fixture
def page(client, day):
    """page(user): the day on paper as a page; page(user, doctor=1)."""

    def ask(user, **more):
        client.force_login(user)
        answer = client.get(reverse("scheduling:print-day"), {"from": str(day), "as": "page", **more})
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


def test_the_day_is_printed_in_order_with_phones_services_and_warnings(
    page, book, boris, anna, doctor, reception, director, at
):
    Alert.objects.create(patient=anna, kind="allergy", title="лидокаин")
    book(14, patient=boris)
    book(10, service_ids=[ServiceFactory(name="Чистка").pk], comment="придёт с мужем")
    appointment_cancel(appointment_id=book(17).pk, reason="нет", then="lost", actor=reception)
    block_create(doctor_id=doctor.staff_id, starts_at=at(12), ends_at=at(13), kind="lunch", actor=director)
    text = page(director)
    order = [text.index(word) for word in ("Ёлкина", "12:00–13:00", "Волков")]
    assert order == sorted(order)
    assert all(word in text for word in ("лидокаин", "Чистка", "придёт с мужем", "123-45-67"))
    assert "17:00" not in text.replace("9:00–21:00", "")


def test_warnings_and_phones_obey_rights(page, book, anna, reception, branch):
    Alert.objects.create(patient=anna, kind="allergy", title="лидокаин")
    book(10)
    assert "лидокаин" not in page(reception)
    assert "123" in page(reception)
    quiet = person("quiet", "administrator", branches=[branch], refused=["patients.see_contacts"])
    assert "123-45-67" not in page(quiet) and "Телефон" not in page(quiet)


def test_a_doctors_day_is_his_alone_and_a_stranger_sees_nothing(
    page, book, doctor, ivanov, other_chair, reception, stranger, boris, director, at
):
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    book(10)
    book(10, patient=boris, doctor_id=ivanov.pk, chair_id=other_chair.pk)
    assert "Волков" not in page(reception, doctor=doctor.staff_id)
    assert "Ёлкина" in page(reception, doctor=doctor.staff_id)
    assert "Волков" in page(reception)
    assert "Ёлкина" not in page(stranger)


def test_the_day_and_the_slip_are_pdf_and_who_printed_is_known(client, book, reception, day):
    visit = book(10, comment="снимок с собой")
    client.force_login(reception)
    for url in (reverse("scheduling:print-day") + f"?from={day}", reverse("scheduling:slip", args=[visit.pk])):
        answer = client.get(url)
        assert answer["Content-Type"] == "application/pdf"
        text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert "Ёлкина" in text and "10:00" in text
    codes = AuditEntry.objects.filter(actor_id=reception.pk, code__contains="printed").values_list("code", flat=True)
    assert sorted(codes) == ["scheduling.day.printed", "scheduling.slip.printed"]


def test_a_slip_names_every_stop_of_the_day(client, book, reception, other_chair, stranger):
    first, second = book(10), book(12)
    client.force_login(reception)
    text = client.get(reverse("scheduling:slip", args=[first.pk]), {"as": "page"}).content.decode()
    assert text.index("10:00") < text.index("12:00")
    client.force_login(stranger)
    assert client.get(reverse("scheduling:slip", args=[second.pk])).status_code == 404
