"""The API as a user, and what it asks of the database."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token

from clinical.services import LineIn, plan_approve
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory


@pytest.fixture
def api(client):
    """`api(user).post("invoices/", {...})` with a fresh Idempotency-Key, by token."""

    class As:
        def __init__(self, user):
            self.token = Token.objects.get_or_create(user=user)[0].key

        def __getattr__(self, method):
            def ask(path, body=None, *, key=None, **headers):
                given = {"Authorization": f"Token {self.token}", **headers}
                if method != "get":
                    given["Idempotency-Key"] = key or str(uuid.uuid4())
                    return getattr(client, method)(
                        f"/api/v1/{path}", body, content_type="application/json", headers=given
                    )
                return client.get(f"/api/v1/{path}", body, headers=given)

            return ask

    return As


@pytest.fixture
def statements():
    """`with statements() as asked: ...; len(asked)`: statements, without the marks of nested transactions."""

    class Asked(CaptureQueriesContext):
        def __exit__(self, *args):
            super().__exit__(*args)
            self.asked = [
                query["sql"] for query in self.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
            ]

        def __len__(self):
            return len(self.asked)

    return lambda: Asked(connection)


@pytest.fixture
def approved_plan(branch, doctor, director):
    """`approved_plan(anna, 100, 200)`: a plan with a line of each price, approved today."""

    def make(patient, *prices, approve=True, discount="0.00"):
        lines = [
            LineIn(service_id=ServiceFactory(price=str(price)).pk, teeth=[36], discount=Decimal(discount))
            for price in prices
        ]
        plan = plan_made(lines=lines, branch=branch, patient=patient, doctor=doctor.staff, actor=director)
        return plan_approve(plan_id=plan.pk, actor=director) if approve else plan

    return make
