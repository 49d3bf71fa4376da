"""Families, representatives, alerts, consents."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import IllegalMove, Invalid, NotFound, Stale
from patients import selectors, services
from patients.errors import AlreadySigned, FamilyCardTaken
from patients.models import Alert, Consent, ConsentKind, Family, Representative
from tests.cast import person
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(branch):
    return PatientFactory(first_name="Лев", birth_date="2018-05-01", branch=branch, phone="+79001234567")


# Families


@pytest.mark.feature("PAT-13")
def test_a_family_is_founded_joined_and_left(reception, anna, child):
    family = services.family_create(
        patient_id=anna.pk, name="Ёлкины", card_number="С-1", role="мать", pays=True, actor=reception
    )
    services.family_join(family_id=family.pk, patient_id=child.pk, role="сын", actor=reception)
    child.refresh_from_db()
    assert selectors.family_members(child, reception) == [anna] and child.family_role == "сын"
    with pytest.raises(Invalid):
        services.family_join(family_id=family.pk, patient_id=child.pk, actor=reception)
    services.family_leave(patient_id=anna.pk, actor=reception)
    family.refresh_from_db()
    assert family.guarantor is None
    services.family_leave(patient_id=child.pk, actor=reception)
    assert not Family.objects.exists()
    with pytest.raises(NotFound):
        services.family_leave(patient_id=child.pk, actor=reception)


@pytest.mark.feature("PAT-13")
def test_who_pays_for_a_family_is_one_of_it(reception, anna, child):
    family = services.family_create(patient_id=anna.pk, name="Ёлкины", actor=reception)
    with pytest.raises(Invalid):
        services.family_change(family_id=family.pk, changes={"guarantor": child}, actor=reception)
    anna.refresh_from_db()
    services.family_change(family_id=family.pk, changes={"guarantor": anna}, actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.family_change(family_id=family.pk, changes={"name": "Другие"}, actor=reception, expected_version=1)


def test_two_families_never_share_a_card(reception, anna, child):
    services.family_create(patient_id=anna.pk, name="Первая", card_number="7", actor=reception)
    with pytest.raises(FamilyCardTaken):
        services.family_create(patient_id=child.pk, name="Вторая", card_number="7", actor=reception)
    with pytest.raises(IntegrityError, match="family_card_number_is_unique"), transaction.atomic():
        Family.objects.create(name="Третья", card_number="7")


# Representatives


@pytest.mark.feature("PAT-26")
def test_a_childs_representative_pays_and_signs(reception, anna, child):
    mother = services.representative_add(
        patient_id=child.pk, actor=reception, card=anna, full_name="", relation="mother", phone="8 900 765-43-21",
        is_responsible=True, pays=True, signs=True,
    )  # fmt: skip
    assert (mother.full_name, mother.phone) == (anna.full_name, "+79007654321")
    father = services.representative_add(
        patient_id=child.pk, actor=reception, full_name="Отец", relation="father", is_responsible=True
    )
    mother.refresh_from_db()
    assert father.is_responsible and not mother.is_responsible
    services.representative_remove(representative_id=father.pk, actor=reception)
    assert Representative.objects.get() == mother


@pytest.mark.feature("PAT-26")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"inn": "123456789012"}, "inn"),
        ({"phone": "1"}, "phone"),
        ({"relation": "x"}, "relation"),
    ],
)
def test_a_wrong_representative_is_refused(reception, child, given, field):
    with pytest.raises(Invalid) as refused:
        services.representative_add(patient_id=child.pk, actor=reception, **{"full_name": "Мать", **given})
    assert field in refused.value.fields and not Representative.objects.exists()


def test_nobody_represents_himself(reception, anna):
    with pytest.raises(Invalid):
        services.representative_add(patient_id=anna.pk, actor=reception, card=anna, full_name="Анна")
    with pytest.raises(IntegrityError, match="representative_is_not_the_patient"), transaction.atomic():
        Representative.objects.create(patient=anna, card=anna, full_name="Анна")


def test_two_responsible_ones_are_refused_by_the_table(child):
    Representative.objects.create(patient=child, full_name="Мать", is_responsible=True)
    with pytest.raises(IntegrityError, match="representative_one_responsible_a_patient"), transaction.atomic():
        Representative.objects.create(patient=child, full_name="Отец", is_responsible=True)


# Alerts


@pytest.mark.feature("PAT-42", "PAT-29")
def test_allergies_are_for_medics_and_notes_for_everybody(reception, doctor, anna):
    services.alert_add(patient_id=anna.pk, actor=doctor, kind="allergy", severity="blocking", title="лидокаин")
    services.alert_add(patient_id=anna.pk, actor=reception, kind="note", severity="info", title="звонить заранее")
    assert [alert.title for alert in selectors.alerts_for([anna.pk], doctor)[anna.pk]] == [
        "лидокаин",
        "звонить заранее",
    ]
    assert [alert.title for alert in selectors.alerts_for([anna.pk], reception)[anna.pk]] == ["звонить заранее"]
    assert [badge.code for badge in selectors.badges_for([anna], doctor)[anna.pk]] == ["allergy", "note"]
    assert "лидокаин" not in str([row.facts for row in selectors.timeline_of(anna, reception)])


@pytest.mark.feature("PAT-42")
def test_a_dangerous_alert_is_acknowledged_anew_after_a_change(doctor, anna):
    alert = services.alert_add(
        patient_id=anna.pk, actor=doctor, kind="medical", severity="blocking", title="стимулятор"
    )
    services.alert_acknowledge(alert_id=alert.pk, actor=doctor)
    services.alert_acknowledge(alert_id=alert.pk, actor=doctor)
    assert selectors.alerts_for([anna.pk], doctor)[anna.pk][0].is_seen
    services.alert_change(alert_id=alert.pk, changes={"text": "снят"}, actor=doctor, expected_version=1)
    assert not selectors.alerts_for([anna.pk], doctor)[anna.pk][0].is_seen
    with pytest.raises(Stale):
        services.alert_change(alert_id=alert.pk, changes={"text": "x"}, actor=doctor, expected_version=1)


@pytest.mark.feature("PAT-42")
def test_an_alert_is_put_away_with_a_reason_and_returns(doctor, anna):
    alert = services.alert_add(patient_id=anna.pk, actor=doctor, kind="allergy", title="латекс")
    with pytest.raises(Invalid):
        services.alert_close(alert_id=alert.pk, reason=" ", actor=doctor)
    services.alert_close(alert_id=alert.pk, reason="проба отрицательная", actor=doctor)
    assert selectors.alerts_for([anna.pk], doctor) == {}
    with pytest.raises(IllegalMove):
        services.alert_change(alert_id=alert.pk, changes={"text": "x"}, actor=doctor)
    services.alert_reopen(alert_id=alert.pk, actor=doctor)
    assert Alert.objects.get().closed_at is None


def test_an_alert_that_has_run_out_is_silent(doctor, anna):
    yesterday = timezone.localdate() - timedelta(days=1)
    services.alert_add(patient_id=anna.pk, actor=doctor, kind="medical", title="антикоагулянты", until=yesterday)
    assert selectors.alerts_for([anna.pk], doctor) == {}


# Consents


@pytest.fixture
def marketing():
    return ConsentKind.objects.get(code="marketing")


@pytest.mark.feature("PAT-46", "PAT-12")
def test_mailing_follows_the_signature(reception, anna, marketing):
    assert selectors.may_mail([anna.pk]) == set()
    consent = services.consent_sign(patient_id=anna.pk, kind=marketing, actor=reception)
    assert selectors.may_mail([anna.pk]) == {anna.pk} and selectors.has_consent(anna.pk, "marketing")
    services.consent_revoke(consent_id=consent.pk, reason="попросил", actor=reception)
    anna.refresh_from_db()
    assert selectors.may_mail([anna.pk]) == set() and not anna.mailing_allowed
    services.consent_revoke_undo(consent_id=consent.pk, actor=reception)
    assert selectors.has_consent(anna.pk, "marketing") and selectors.may_mail([anna.pk]) == set()


@pytest.mark.feature("PAT-46")
def test_a_new_edition_is_signed_anew(reception, anna):
    kind = ConsentKind.objects.get(code="contract")
    services.consent_sign(patient_id=anna.pk, kind=kind, actor=reception)
    with pytest.raises(AlreadySigned):
        services.consent_sign(patient_id=anna.pk, kind=kind, actor=reception)
    ConsentKind.objects.filter(pk=kind.pk).update(version=2)
    kind.refresh_from_db()
    assert not selectors.has_consent(anna.pk, "contract")
    line = next(line for line in selectors.consent_register(anna) if line["kind"] == kind)
    assert line["state"] == "old"
    services.consent_sign(patient_id=anna.pk, kind=kind, actor=reception)
    assert selectors.has_consent(anna.pk, "contract") and Consent.objects.count() == 2


@pytest.mark.feature("PAT-46")
def test_a_consent_runs_out(reception, anna, marketing):
    marketing.months = 1
    marketing.save()
    long_ago = timezone.localdate() - timedelta(days=60)
    services.consent_sign(patient_id=anna.pk, kind=marketing, signed_on=long_ago, actor=reception)
    assert not selectors.has_consent(anna.pk, "marketing")


def test_the_future_signs_nothing_and_nobody_else_signs(reception, anna, child, marketing):
    tomorrow = timezone.localdate() + timedelta(days=2)
    with pytest.raises(Invalid):
        services.consent_sign(patient_id=anna.pk, kind=marketing, signed_on=tomorrow, actor=reception)
    stranger = services.representative_add(patient_id=child.pk, full_name="Мать", actor=reception)
    with pytest.raises(Invalid):
        services.consent_sign(patient_id=anna.pk, kind=marketing, representative=stranger, actor=reception)
    with pytest.raises(IntegrityError, match="consent_revoked_after_signed"), transaction.atomic():
        today = timezone.localdate()
        Consent.objects.create(
            patient=anna, kind=marketing, version=1, signed_on=today, revoked_on=today - timedelta(days=1)
        )


def test_a_representative_who_has_signed_stays(reception, child, marketing):
    mother = services.representative_add(patient_id=child.pk, full_name="Мать", signs=True, actor=reception)
    services.consent_sign(patient_id=child.pk, kind=marketing, representative=mother, actor=reception)
    with pytest.raises(Invalid):
        services.representative_remove(representative_id=mother.pk, actor=reception)


@pytest.mark.feature("PAT-27")
def test_what_is_missing_on_arrival(reception, anna):
    assert [code for code, _words in selectors.missing_on_arrival(anna)] == ["birth_date", "document"]
    services.identity_change(
        patient_id=anna.pk, changes={"passport_series": "4512", "passport_number": "604318"}, actor=reception
    )
    assert [code for code, _words in selectors.missing_on_arrival(anna)] == ["birth_date"]


# Screens


@pytest.fixture
def page(client):
    def ask(user, url, body=None):
        client.force_login(user)
        panel = {"HX-Request": "true", "HX-Target": "panel-body"}
        return client.get(url, headers=panel) if body is None else client.post(url, body, headers=panel)

    return ask


@pytest.mark.feature("PAT-13", "PAT-26", "PAT-42", "PAT-46")
def test_panels_of_a_card_save_and_tell_the_card(page, director, anna, child):
    kind = ConsentKind.objects.get(code="contract")
    for url, body in (
        (f"/patients/{anna.pk}/family/new/", {"name": "Ёлкины", "has_card": "on", "card_number": "9"}),
        (f"/patients/{anna.pk}/family/join/", {"patient": child.pk, "role": "сын"}),
        (f"/patients/{anna.pk}/family/edit/", {"name": "Ёлкины-Орловы", "guarantor": anna.pk, "version": "1"}),
        (f"/patients/{child.pk}/representatives/new/", {"card": anna.pk, "relation": "mother", "signs": "on"}),
        (f"/patients/{anna.pk}/alerts/new/", {"kind": "allergy", "severity": "blocking", "title": "лидокаин"}),
        (f"/patients/{anna.pk}/consents/new/", {"kind": kind.pk, "signed_on": "01.02.2026", "channel": "paper"}),
    ):
        assert page(director, url).status_code == 200, url
        answer = page(director, url, body)
        assert answer.status_code == 204 and "patient:changed" in answer["HX-Trigger"], (
            url,
            answer.content.decode()[-2000:],
        )
    card = page(director, f"/patients/{anna.pk}/").content.decode()
    assert all(words in card for words in ("Ёлкины-Орловы", "лидокаин", kind.name, child.full_name))
    alert = Alert.objects.get()
    assert page(director, f"/patients/{anna.pk}/alerts/{alert.pk}/seen/", {}).status_code == 204
    assert page(director, f"/patients/{anna.pk}/alerts/{alert.pk}/close/", {"reason": "ошибка"}).status_code == 204
    consent = Consent.objects.get()
    revoke = f"/patients/{anna.pk}/consents/{consent.pk}/revoke/"
    assert page(director, revoke, {"reason": "", "revoked_on": "01.02.2026"}).status_code == 422
    assert page(director, revoke, {"reason": "просил", "revoked_on": "01.02.2026"}).status_code == 204


@pytest.mark.feature("PAT-29")
def test_medical_alerts_are_neither_shown_to_nor_written_by_reception(page, reception, doctor, anna, branch):
    alert = services.alert_add(patient_id=anna.pk, actor=doctor, kind="allergy", title="лидокаин")
    card = page(reception, f"/patients/{anna.pk}/").content.decode()
    assert "лидокаин" not in card
    assert page(reception, f"/patients/{anna.pk}/alerts/{alert.pk}/").status_code == 404
    answer = page(
        reception, f"/patients/{anna.pk}/alerts/new/", {"kind": "allergy", "severity": "info", "title": "йод"}
    )
    assert answer.status_code == 422 and Alert.objects.count() == 1
    marketer = person("marketer", "marketer", branches=[branch])
    assert page(marketer, f"/patients/{anna.pk}/alerts/new/").status_code == 403


@pytest.mark.feature("PAT-22")
def test_changes_and_readers_are_for_those_with_the_right(page, director, reception, anna):
    services.patient_change(patient_id=anna.pk, changes={"comment": "звонить"}, actor=reception)
    services.patient_opened(patient=anna, actor=reception)
    shown = page(director, f"/patients/{anna.pk}/history/").content.decode()
    assert "звонить" in shown and str(reception) in shown
    assert "звонить" not in page(reception, f"/patients/{anna.pk}/history/").content.decode()
    assert str(reception) in page(director, f"/patients/{anna.pk}/readers/").content.decode()
    assert page(reception, f"/patients/{anna.pk}/readers/").status_code == 403
