"""Many at once against one entry of barter: never over the limit, losers are told what is left, one mark for all."""

import uuid
from collections import Counter
from decimal import Decimal

import pytest

from barter.models import Beneficiary
from barter.services import entry_grant, entry_sign
from billing.models import Share
from billing.services import LineInput, invoice_make
from tests.billing.money import D, assert_balanced
from tests.billing.test_races import at_once
from tests.factories import ServiceFactory
from work.models import Task

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.feature("MOON-08", "BAR-12")]


def test_thirty_two_invoices_against_one_limit_never_exceed_it(radio, anna, director, api):
    """Six of 1,500 fit into 9,500; the other 26 are told that 500 is left."""
    entry = radio("block", limit="9500.00")
    body = {"patient": anna.pk, "lines": [{"service": ServiceFactory(price="1500").pk}]}
    asked = api(director)
    answers = at_once(32, lambda _i: asked.post("invoices/", body, key=str(uuid.uuid4())))
    assert Counter(answer.status_code for answer in answers) == {201: 6, 409: 26}
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(row["code"], row["facts"]["left"]) for row in losers} == {("over_limit", "500.00")}
    assert Beneficiary.objects.select_related("limit").get(pk=entry.pk).left == D(500)
    assert_balanced()


@pytest.mark.feature("BAR-13", "BAR-18")
def test_invoices_and_grants_at_once_leave_one_true_mark(radio, anna, director):
    """Eight invoices of 1,000 and four grants of 500 on 3,000: 5,000 by barter and the rest by the organisation."""
    entry = radio("organisation", limit="3000.00")
    service = ServiceFactory(price="1000").pk

    def work(index):
        if index % 3 == 2:
            return entry_grant(entry_id=entry.pk, amount=Decimal(500), reason="ещё", actor=director)
        return invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service, payer="barter")], actor=director)

    assert [found for found in at_once(12, work) if isinstance(found, Exception)] == []
    now = Beneficiary.objects.select_related("limit", "contract").get(pk=entry.pk)
    shares = Share.objects.filter(kind="barter")
    assert (now.granted, sum(share.amount for share in shares)) == (D(5000), now.used)
    assert now.used <= now.granted and (now.mark == "white") == (now.left == 0)
    open_tasks = Task.objects.filter(kind="barter.exhausted", state__in=Task.OPEN).count()
    assert open_tasks == (1 if now.left == 0 else 0)
    assert_balanced()


@pytest.mark.feature("BAR-28")
def test_an_entry_that_is_closed_takes_nothing_more(radio, anna, director):
    """The marketer ends the treatment while the desk issues: what came first holds, nothing is half done."""
    entry = radio("block", limit="9500.00")
    service = ServiceFactory(price="1000").pk
    at_once(
        6,
        lambda index: entry_sign(entry_id=entry.pk, part="marketer", actor=director) if index == 3
        else invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service)], actor=director),
    )  # fmt: skip
    now = Beneficiary.objects.select_related("limit", "contract").get(pk=entry.pk)
    assert (now.state, now.limit.is_open) == ("finished", False)
    assert now.used == sum(share.amount for share in Share.objects.filter(kind="barter"))
    assert_balanced()
