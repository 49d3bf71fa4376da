"""Thirty-two at once against one policy: the limit is never exceeded, whoever comes late hears what is left."""

import uuid
from collections import Counter

import pytest
from django.db.models import Sum
from django.test import Client
from rest_framework.authtoken.models import Token

from billing.models import Share
from insurance.models import CoveredLine, Policy
from insurance.services import programme_save
from ledger.selectors import ledger_check
from tests.billing.test_races import CLIENTS, at_once
from tests.factories import ServiceFactory
from tests.insurance.conftest import D

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.feature("INS-19", "MOON-08")]


def test_thirty_two_invoices_against_one_policy(insurer, policy_of, anna, reception, director):
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", needs_approval=False, actor=director)
    policy = policy_of(anna, programme=programme, limit=20500)
    service = ServiceFactory(price="1000.00").pk
    token = Token.objects.create(user=reception).key

    def post(_index):
        headers = {"Authorization": f"Token {token}", "Idempotency-Key": str(uuid.uuid4())}
        body = {"patient": anna.pk, "lines": [{"service": service, "payer": "dms"}]}
        return Client().post("/api/v1/invoices/", body, content_type="application/json", headers=headers)

    answers = at_once(CLIENTS, post)
    assert Counter(answer.status_code for answer in answers) == {201: 21, 409: CLIENTS - 21}
    late = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(row["code"], row["facts"]["left"]) for row in late} == {("over_limit", "0.00")}
    taken = Share.objects.filter(kind="dms").aggregate(sum=Sum("amount"))["sum"]
    policy = Policy.objects.select_related("purse").get(pk=policy.pk)
    assert (taken, policy.purse.used, policy.left) == (D(20500), D(20500), D(0))
    assert CoveredLine.objects.count() == 21
    assert ledger_check().problems == []
