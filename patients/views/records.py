"""Panels of families, representatives, alerts and consents of a card."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import check, is_allowed, requires
from core.forms import Done, form_page, given_version, told
from patients import permissions, selectors, services
from patients.forms.records import (
    AlertForm,
    ConsentForm,
    FamilyEditForm,
    FamilyForm,
    FamilyJoinForm,
    ReasonForm,
    RepresentativeForm,
    RevokeForm,
)
from patients.models import Alert, Patient
from patients.views.cards import live_card

CHANGED = "patient"


def done(patient: Patient, toast: str) -> Done:
    """Back to the card, which asks for itself again."""
    return Done(url=patient.get_absolute_url(), toast=toast, event=CHANGED)


def panel(
    request: HttpRequest, patient: Patient, form: Any, title: Any, act: Callable[[Any], Any], toast: str, **more: Any
) -> HttpResponse:
    """A form that belongs to a card: one service call, then back to the card."""

    def save(valid: Any) -> Done:
        act(valid.cleaned_data)
        return done(patient, toast)

    context = {"subtitle": patient.full_name, "cancel_url": patient.get_absolute_url(), **more}
    return form_page(request, form, title=title, save=save, **context)


# Families


@requires(permissions.EDIT)
def family_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A family with this patient as its first member (PAT-13)."""
    patient = live_card(request, pk)
    form = FamilyForm(request.POST or None, initial={"name": patient.last_name})

    def act(given: dict[str, Any]) -> None:
        card = given.pop("card_number") if given.pop("has_card") else ""
        services.family_create(patient_id=pk, actor=request.user, card_number=card, **given)

    return panel(request, patient, form, _("New family"), act, _("Family created"))


@requires(permissions.EDIT)
def family_join(request: HttpRequest, pk: int) -> HttpResponse:
    """Another patient joins the family of this one."""
    patient = live_card(request, pk)
    family = selectors.family_of(patient)
    form = FamilyJoinForm(request.POST or None, user=request.user)

    def act(given: dict[str, Any]) -> None:
        services.family_join(
            family_id=family.pk, patient_id=given["patient"].pk, actor=request.user, role=given["role"]
        )

    return panel(request, patient, form, _("Add to the family"), act, _("Added to the family"))


@requires(permissions.EDIT)
def family_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, card and payer of the patient's family."""
    patient = live_card(request, pk)
    family = selectors.family_of(patient)
    initial = {"name": family.name, "card_number": family.card_number, "guarantor": family.guarantor}
    form = FamilyEditForm(request.POST or None, family=family, initial=initial)

    def act(given: dict[str, Any]) -> None:
        services.family_change(
            family_id=family.pk, changes=given, actor=request.user, expected_version=given_version(request)
        )

    return panel(request, patient, form, _("Family"), act, _("Saved"), current=family)


@requires(permissions.EDIT)
@require_POST
def family_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """The patient leaves his family."""
    patient = live_card(request, pk)
    services.family_leave(patient_id=pk, actor=request.user)
    return told(done(patient, _("Left the family")))


# Representatives


@requires(permissions.EDIT)
def representative_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody who answers, pays or signs for the patient (PAT-26)."""
    patient = live_card(request, pk)
    form = RepresentativeForm(request.POST or None, user=request.user, initial={"signs": True})

    def act(given: dict[str, Any]) -> None:
        services.representative_add(patient_id=pk, actor=request.user, **given)

    return panel(request, patient, form, _("New representative"), act, _("Representative added"))


@requires(permissions.EDIT)
def representative_edit(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """What is known of a representative."""
    patient = live_card(request, pk)
    person = get_object_or_404(patient.representatives, pk=row)
    initial = {name: getattr(person, name) for name in services.representatives.FIELDS}
    form = RepresentativeForm(request.POST or None, user=request.user, initial=initial)

    def act(given: dict[str, Any]) -> None:
        services.representative_change(representative_id=row, changes=given, actor=request.user)

    return panel(request, patient, form, person.full_name, act, _("Saved"))


@requires(permissions.EDIT)
@require_POST
def representative_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Strike a representative off."""
    patient = live_card(request, pk)
    person = get_object_or_404(patient.representatives, pk=row)
    services.representative_remove(representative_id=person.pk, actor=request.user)
    return told(done(patient, _("Representative removed")))


# Alerts


def kinds_for(user: Any) -> list[str]:
    """What the user may write: notes with the right to the card, medical alerts with the medical one."""
    notes = [Alert.Kind.NOTE.value] if is_allowed(user, permissions.EDIT) else []
    medical = [Alert.Kind.ALLERGY.value, Alert.Kind.MEDICAL.value]
    return (medical if is_allowed(user, permissions.EDIT_ALERTS) else []) + notes


def check_kind(user: Any, kind: str) -> None:
    check(user, permissions.EDIT if kind == Alert.Kind.NOTE else permissions.EDIT_ALERTS)


def alert_of(request: HttpRequest, pk: int, row: int) -> Alert:
    return get_object_or_404(selectors.alerts_visible_to(request.user), pk=row, patient_id=pk)


@requires(permissions.SEE)
def alert_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new warning (PAT-42)."""
    patient = live_card(request, pk)
    kinds = kinds_for(request.user)
    check_kind(request.user, kinds[0] if kinds else Alert.Kind.NOTE)
    form = AlertForm(request.POST or None, kinds=kinds, initial={"kind": kinds[0], "severity": "warning"})

    def act(given: dict[str, Any]) -> None:
        services.alert_add(patient_id=pk, actor=request.user, **given)

    return panel(request, patient, form, _("New warning"), act, _("Warning added"))


@requires(permissions.SEE)
def alert_edit(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Change a warning; it is acknowledged anew."""
    patient, alert = live_card(request, pk), alert_of(request, pk, row)
    check_kind(request.user, alert.kind)
    initial = {name: getattr(alert, name) for name in services.alerts.FIELDS}
    form = AlertForm(request.POST or None, kinds=kinds_for(request.user), initial=initial)

    def act(given: dict[str, Any]) -> None:
        services.alert_change(alert_id=row, changes=given, actor=request.user, expected_version=given_version(request))

    return panel(request, patient, form, alert.title, act, _("Saved"), current=alert)


@requires(permissions.SEE)
def alert_close(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The warning holds no longer: the reason stays with it."""
    patient, alert = live_card(request, pk), alert_of(request, pk, row)
    check_kind(request.user, alert.kind)

    def act(given: dict[str, Any]) -> None:
        services.alert_close(alert_id=row, reason=given["reason"], actor=request.user)

    form = ReasonForm(request.POST or None)
    label = _("No longer valid")
    return panel(request, patient, form, f"{label}: {alert.title}", act, _("Warning put away"), submit_label=label)


@requires(permissions.SEE)
@require_POST
def alert_reopen(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """It holds again."""
    patient, alert = live_card(request, pk), alert_of(request, pk, row)
    check_kind(request.user, alert.kind)
    services.alert_reopen(alert_id=row, actor=request.user)
    return told(done(patient, _("Valid again")))


@requires(permissions.SEE)
@require_POST
def alert_acknowledge(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """«I have read it»."""
    patient, alert = live_card(request, pk), alert_of(request, pk, row)
    services.alert_acknowledge(alert_id=alert.pk, actor=request.user)
    return told(done(patient, _("Acknowledged")))


# Consents


@requires(permissions.EDIT_CONSENTS)
def consent_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a signature (PAT-46)."""
    patient = live_card(request, pk)
    initial = {"kind": request.GET.get("kind"), "signed_on": timezone.localdate(), "channel": "paper"}
    signer = patient.representatives.filter(signs=True, is_responsible=True).first()
    form = ConsentForm(request.POST or None, patient=patient, initial={**initial, "representative": signer})

    def act(given: dict[str, Any]) -> None:
        services.consent_sign(patient_id=pk, actor=request.user, **given)

    return panel(request, patient, form, _("Signed document"), act, _("Signature recorded"))


@requires(permissions.EDIT_CONSENTS)
def consent_revoke(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The patient takes a consent back."""
    patient = live_card(request, pk)
    consent = get_object_or_404(patient.consents.select_related("kind"), pk=row)
    form = RevokeForm(request.POST or None, initial={"revoked_on": timezone.localdate()})

    def act(given: dict[str, Any]) -> None:
        services.consent_revoke(consent_id=row, actor=request.user, **given)

    label = _("Revoke")
    return panel(request, patient, form, f"{label}: {consent.kind.name}", act, _("Consent revoked"), submit_label=label)


@requires(permissions.EDIT_CONSENTS)
@require_POST
def consent_revoke_undo(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The revocation was a mistake."""
    patient = live_card(request, pk)
    consent = get_object_or_404(patient.consents, pk=row)
    services.consent_revoke_undo(consent_id=consent.pk, actor=request.user)
    return told(done(patient, _("The consent is in force again")))
