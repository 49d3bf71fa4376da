"""The whole API under generated input: no 5xx, and every answer is of the shape that the schema promises.

SCHEMA_EXAMPLES is how many requests each operation gets; the suite keeps it small, a night run makes it hundreds.
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import openapi
from tests.factories import DiagnosisFactory, DoctorFactory, PatientFactory, ServiceFactory

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "5"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def whole_schema():
    loaded = schemathesis.openapi.from_dict(openapi.document())
    loaded.app = get_wsgi_application()
    return loaded


OPERATIONS = [found.ok() for found in whole_schema().get_all_operations()]


@pytest.fixture(autouse=True)
def one_connection():
    """Requests end inside the test's transaction, so its connection must outlive them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def clinic(director, branch, chair):
    """Something to find for ids that are small numbers, and a director's token."""
    for factory in (DoctorFactory, PatientFactory, ServiceFactory, DiagnosisFactory):
        factory()
    return {"Authorization": f"Token {Token.objects.create(user=director).key}"}


def test_the_committed_copy_says_what_the_program_does():
    assert openapi.COPY.read_text("utf8") == openapi.text(), "run `make schema` and read the difference"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS, ids=[f"{each.method.upper()} {each.path}" for each in OPERATIONS])
def test_no_input_breaks_the_api_or_its_promise(operation, clinic):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), number=st.integers(1, 3))
    def ask(case, number):
        case.path_parameters = {name: number for name in case.path_parameters or {}} or case.path_parameters
        response = case.call(headers=clinic)
        case.validate_response(response, checks=CHECKS)

    ask()
