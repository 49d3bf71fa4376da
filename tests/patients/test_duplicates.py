"""The list of duplicates and the screens of a merge."""

import pytest
from django.db import IntegrityError, transaction

from core import jobs
from core.models import Job
from patients import selectors, services
from patients.models import Duplicate, Patient
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-41")]


@pytest.fixture
def pairs(branch, other_branch):
    """Names are of one person where the number is the same."""
    made = {
        "phone": [{"last_name": "Ёлкина", "phone": "+79001112233"}, {"last_name": "Елкина", "phone": "+79001112233"}],
        "birth": [{"last_name": "Орлов", "birth_date": "1980-01-01"}, {"last_name": "Орлов", "birth_date": "1980-01-01"}],
        "alike": [{"last_name": "Ковалёва", "birth_date": "1992-03-14"}, {"last_name": "Ковалёба", "birth_date": "1992-03-14"}],
        "none": [{"last_name": "Зубов", "birth_date": "1970-01-01"}, {"last_name": "Зубов", "birth_date": "1971-01-01"}],
    }  # fmt: skip
    return {key: [PatientFactory(branch=branch, **fields) for fields in both] for key, both in made.items()}


def test_pairs_are_found_by_three_signs(pairs):
    services.duplicates_find()
    found = {(row.first_id, row.second_id): row.sign for row in Duplicate.objects.all()}
    assert found == {tuple(card.pk for card in pairs[key]): key for key in ("phone", "birth", "alike")}


def test_a_second_search_adds_nothing_and_drops_what_no_longer_fits(pairs):
    services.duplicates_find()
    assert services.duplicates_find() == {"found": 0, "gone": 0, "all": 3}
    Patient.objects.filter(pk=pairs["birth"][0].pk).update(birth_date="1999-01-01")
    assert services.duplicates_find()["gone"] == 1


def test_a_dismissed_pair_is_not_offered_again(reception, pairs):
    services.duplicates_find()
    pair = Duplicate.objects.get(sign="birth")
    services.duplicate_dismiss(duplicate_id=pair.pk, actor=reception)
    services.duplicates_find()
    pair.refresh_from_db()
    assert pair.dismissed_at
    services.duplicate_dismiss(duplicate_id=pair.pk, actor=reception, is_dismissed=False)
    pair.refresh_from_db()
    assert pair.dismissed_at is None


def test_the_number_of_a_firm_is_no_sign(branch):
    for _ in range(9):
        PatientFactory(phone="+74951112233", branch=branch)
    assert services.duplicates_find()["all"] == 0


def test_a_mother_and_her_child_share_a_phone_without_being_a_pair(reception, branch):
    mother, child = (PatientFactory(phone="+79001112233", first_name=name, last_name=last, branch=branch)
                     for name, last in (("Ольга", "Лебедева"), ("Глеб", "Никитин")))  # fmt: skip
    services.duplicates_find()
    assert Duplicate.objects.get().likeness == 50
    family = services.family_create(patient_id=mother.pk, name="Л", actor=reception)
    services.family_join(family_id=family.pk, patient_id=child.pk, actor=reception)
    services.duplicates_find()
    assert not Duplicate.objects.exists()


def test_strangers_see_no_pairs_of_another_branch(reception, stranger, pairs):
    services.duplicates_find()
    assert selectors.duplicates_visible_to(reception).count() == 3
    assert selectors.duplicates_visible_to(stranger).count() == 0


def test_a_pair_is_kept_once_in_the_order_of_ids(pairs):
    one, two = pairs["birth"]
    Duplicate.objects.create(first=one, second=two, sign="birth", likeness=100)
    for name, first, second in (("duplicate_pair_once", one, two), ("duplicate_pair_in_order_of_ids", two, one)):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Duplicate.objects.create(first=first, second=second, sign="birth", likeness=100)


def test_the_list_is_shown_exported_and_filtered_by_branch(client, reception, branch, other_branch, pairs):
    services.duplicates_find()
    client.force_login(reception)
    assert "Ковалёба" in client.get("/patients/duplicates/").content.decode()
    body = b"".join(client.get(f"/patients/duplicates/export.csv?branch={branch.pk}").streaming_content).decode(
        "utf-8-sig"
    )
    assert "Ковалёба" in body and "Зубов" not in body
    empty = b"".join(client.get(f"/patients/duplicates/export.csv?branch={other_branch.pk}").streaming_content)
    assert "Ковалёба" not in empty.decode("utf-8-sig")


def test_a_search_is_a_job_with_a_bar(client, reception, pairs, django_capture_on_commit_callbacks):
    client.force_login(reception)
    answer = client.post("/patients/duplicates/find/")
    job = Job.objects.get()
    assert answer.status_code == 302 and str(job.key) in answer.url
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done" and job.result["found"] == 3


@pytest.mark.feature("PAT-40")
def test_the_page_of_a_merge_compares_asks_why_and_merges(client, director, pairs):
    one, other = pairs["phone"]
    client.force_login(director)
    assert "Елкина" in client.get(f"/patients/{one.pk}/merge/").content.decode()
    shown = client.get(f"/patients/{one.pk}/merge/?with={other.pk}").content.decode()
    assert f"№ {other.card_number}" in shown
    silent = client.post(f"/patients/{one.pk}/merge/", {"with": other.pk, "reason": " "})
    assert silent.status_code == 422 and Patient.objects.live().count() == 8
    assert client.post(f"/patients/{one.pk}/merge/", {"with": other.pk, "reason": "один телефон"}).status_code == 302
    assert Patient.objects.get(pk=other.pk).merged_into == one
    assert "один телефон" in client.get(f"/patients/{one.pk}/merge/").content.decode()
    assert client.post(f"/patients/{one.pk}/unmerge/", {"retired": other.pk}).status_code == 302
    assert Patient.objects.live().count() == 8


@pytest.mark.feature("PAT-40")
def test_a_conflict_is_decided_on_the_page(client, director, pairs):
    one, other = pairs["phone"]
    services.family_create(patient_id=one.pk, name="Первая", actor=director)
    services.family_create(patient_id=other.pk, name="Вторая", actor=director)
    client.force_login(director)
    body = {"with": other.pk, "reason": "да"}
    asked = client.post(f"/patients/{one.pk}/merge/", body)
    assert asked.status_code == 422 and 'name="solve-patients.family"' in asked.content.decode()
    assert client.post(f"/patients/{one.pk}/merge/", {**body, "solve-patients.family": "survivor"}).status_code == 302
    one.refresh_from_db()
    assert one.family.name == "Первая"


def test_only_those_with_the_right_merge(client, reception, pairs):
    client.force_login(reception)
    one, other = pairs["phone"]
    assert client.get(f"/patients/{one.pk}/merge/?with={other.pk}").status_code == 403
    assert client.post(f"/patients/{one.pk}/unmerge/", {"retired": other.pk}).status_code == 403
