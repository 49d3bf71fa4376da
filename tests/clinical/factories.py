"""Plans for tests; they are made by their service, so states are real."""

from clinical.services import LineIn, plan_create
from tests.factories import BranchFactory, DoctorFactory, PatientFactory, ServiceFactory


def plan_made(*, lines=None, branch=None, patient=None, doctor=None, actor=None, **given):
    """A draft; without `lines` it has one service for tooth 36."""
    branch = branch or BranchFactory()
    patient = patient or PatientFactory(branch=branch)
    return plan_create(
        patient_id=patient.pk,
        doctor=doctor or DoctorFactory(),
        branch=branch,
        lines=[LineIn(service_id=ServiceFactory().pk, teeth=[36])] if lines is None else lines,
        actor=actor,
        **given,
    )
