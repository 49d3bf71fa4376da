"""Approvals as one state machine, asked and answered by the desk and by the API."""

from datetime import timedelta

import pytest
from django.db import connection

from billing.services import invoice_make, invoice_rollback
from clinical.services import plan_approve, plan_decline
from core.errors import IllegalMove, Invalid
from core.errors import Stale as StaleVersion
from insurance.errors import ApprovalInUse, ApprovalOpen, NothingToApprove, PolicyNotInForce
from insurance.models import Approval
from insurance.models.approvals import ApprovalStatus
from insurance.rules import STEPS, Wanted
from insurance.services import (
    approval_cancel,
    approval_decide,
    approval_query,
    approval_reopen,
    approval_request,
    approval_send,
    approvals_expire,
    programme_save,
)
from tests.insurance.conftest import TODAY, D
from work.models import Notification

pytestmark = [pytest.mark.django_db, pytest.mark.feature("INS-08", "INS-09", "INS-10")]


@pytest.fixture
def asked(anna, policy_of, plan_of, director):
    """`asked(1000, 2000)`: a plan whose approval was sent."""

    def make(*prices, **options):
        plan = plan_of(anna, *(prices or (1000, 2000)))
        policy = policy_of(anna, number=options.pop("number", "1001"))
        return approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director, **options)

    return make


def test_every_state_has_its_steps():
    assert set(STEPS) == set(ApprovalStatus.values)
    assert all(to in STEPS for steps in STEPS.values() for to in steps)


def test_sent_asked_answered(asked, director, doctor):
    approval = asked(draft=True)
    assert (approval.status, approval.sent_at) == ("draft", None)
    with pytest.raises(IllegalMove):
        approval_decide(approval_id=approval.pk, decision="accepted_full", actor=director)
    approval = approval_send(approval_id=approval.pk, actor=director)
    assert approval.due_on == TODAY + timedelta(days=3)
    approval = approval_query(approval_id=approval.pk, comment="Нужен снимок 36", actor=director)
    approval = approval_send(approval_id=approval.pk, comment="Отправили снимок", actor=director)
    approval = approval_decide(approval_id=approval.pk, decision="accepted_full", reference="С-77", actor=director)
    assert [step.status for step in approval.steps.order_by("pk")] == [
        "draft",
        "sent",
        "query",
        "sent",
        "accepted_full",
    ]
    assert approval.reference == "С-77"
    assert {line.decision for line in approval.lines.all()} == {"accepted"}
    assert (
        Notification.objects.filter(kind="insurance.approval_query").count()
        == Notification.objects.filter(kind="insurance.approval_answered").count()
    )  # whoever hears the question hears the answer; who did it himself hears neither


@pytest.mark.parametrize("state", ["refused", "cancelled", "accepted_full"])
def test_an_answered_approval_is_not_answered_again(asked, director, state):
    approval = asked()
    if state == "cancelled":
        approval_cancel(approval_id=approval.pk, reason="", actor=director)
    else:
        approval_decide(approval_id=approval.pk, decision=state, actor=director)
    with pytest.raises(IllegalMove) as refused:
        approval_decide(approval_id=approval.pk, decision="accepted_full", actor=director)
    assert refused.value.facts == {"from": state, "to": "accepted_full"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda line: Wanted(line.plan_line_id + 999, 1, line.price), "lines.0.line"),
        (lambda line: Wanted(line.plan_line_id, 2, line.price), "lines.0.quantity"),
        (lambda line: Wanted(line.plan_line_id, 1, line.price + 1), "lines.0.price"),
    ],
)
def test_more_than_was_asked_for_is_not_an_answer(asked, director, change, field):
    approval = asked()
    line = approval.lines.order_by("pk").first()
    with pytest.raises(Invalid) as refused:
        approval_decide(approval_id=approval.pk, decision="accepted_partial", lines=[change(line)], actor=director)
    assert list(refused.value.fields) == [field]
    approval.refresh_from_db()
    assert approval.status == "sent"


def test_one_plan_has_one_open_approval(asked, anna, director):
    approval = asked()
    with pytest.raises(ApprovalOpen):
        approval_request(plan_id=approval.plan_id, policy_id=approval.policy_id, actor=director)


def test_a_policy_that_has_ended_is_not_asked(anna, policy_of, plan_of, director):
    with pytest.raises(PolicyNotInForce):
        approval_request(plan_id=plan_of(anna, 100).pk, policy_id=policy_of(anna, days=-2).pk, actor=director)


def test_what_the_programme_covers_without_approval_is_not_asked_for(anna, policy_of, plan_of, insurer, director):
    programme = programme_save(insurer_id=insurer.pk, name="Без согласований", needs_approval=False, actor=director)
    with pytest.raises(NothingToApprove):
        approval_request(
            plan_id=plan_of(anna, 100).pk, policy_id=policy_of(anna, programme=programme).pk, actor=director
        )


def test_an_answer_by_mistake_is_taken_back_while_no_invoice_stands_on_it(asked, anna, director):
    approval = asked()
    approval_decide(approval_id=approval.pk, decision="accepted_full", actor=director)
    approval_reopen(approval_id=approval.pk, actor=director)
    approval_decide(approval_id=approval.pk, decision="accepted_full", actor=director)
    plan_approve(plan_id=approval.plan_id, actor=director)
    invoice = invoice_make(patient_id=anna.pk, plan_id=approval.plan_id, actor=director)
    for step in (
        lambda: approval_reopen(approval_id=approval.pk, actor=director),
        lambda: approval_cancel(approval_id=approval.pk, reason="", actor=director),
    ):
        with pytest.raises(ApprovalInUse) as refused:
            step()
        assert refused.value.facts["invoices"] == [invoice.number]
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    assert approval_cancel(approval_id=approval.pk, reason="передумал", actor=director).status == "cancelled"


def test_a_declined_plan_is_no_longer_waited_for(asked, director):
    approval = asked()
    plan_decline(plan_id=approval.plan_id, reason="дорого", actor=director)
    approval.refresh_from_db()
    assert approval.status == "cancelled"


def test_what_held_until_yesterday_expires_and_frees_what_it_held(asked, anna, director):
    approval = asked()
    approval_decide(approval_id=approval.pk, decision="accepted_full", valid_to=TODAY, actor=director)
    plan_approve(plan_id=approval.plan_id, actor=director)
    assert approvals_expire() == 0
    Approval.objects.filter(pk=approval.pk).update(valid_to=TODAY - timedelta(days=1))
    assert approvals_expire() == 1
    assert approvals_expire() == 0
    approval.refresh_from_db()
    assert approval.status == "expired"
    invoice = invoice_make(patient_id=anna.pk, plan_id=approval.plan_id, actor=director)
    assert {share.kind for share in invoice.shares.all()} == {"patient"}


def test_a_stale_answer_changes_nothing(asked, director):
    approval = asked()
    with pytest.raises(StaleVersion):
        approval_decide(
            approval_id=approval.pk, decision="refused", actor=director, expected_version=approval.version - 1
        )


def test_steps_of_an_approval_are_never_changed(asked):
    approval = asked()
    from django.db import transaction
    from django.db.utils import ProgrammingError

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE insurance_approvalstep SET comment = 'x' WHERE approval_id = %s", [approval.pk])


# The API


def test_a_plan_goes_to_the_insurer_and_back_by_the_api(api, anna, policy_of, plan_of, director):
    """As the contract says: request-dms, decide with six of ten lines, approve, invoice."""
    ask, plan, policy = api(director), plan_of(anna, *range(100, 1100, 100)), policy_of(anna, limit=100000)
    answer = ask.post(f"treatment-plans/{plan.pk}/request-dms/", {"policy": policy.pk})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "draft"
    found = ask.get("approvals/", {"patient": anna.pk, "status": "sent"}).json()["results"]
    assert [row["id"] for row in found] == [answer.json()["approval"]]
    lines = answer.json()["lines"][:6]
    body = {
        "decision": "accepted_partial",
        "lines": [{"line": line["id"], "quantity": 1, "price": line["price"]} for line in lines],
    }
    assert ask.post(f"treatment-plans/{plan.pk}/approve/", {}).json()["code"] == "plan_blocked"
    decided = ask.post(f"approvals/{found[0]['id']}/decide/", body)
    assert (decided.status_code, decided.json()["status"]) == (200, "accepted_partial")
    assert [line["decision"] for line in decided.json()["lines"]] == ["accepted"] * 6 + ["refused"] * 4
    assert ask.post(f"treatment-plans/{plan.pk}/approve/", {}).status_code == 200
    invoice = ask.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()
    assert {row["kind"]: row["amount"] for row in invoice["shares"]} == {"dms": "2100.00", "patient": "3400.00"}
    left = ask.get(f"policies/{policy.pk}/").json()
    assert (left["used"], left["left"]) == ("2100.00", "97900.00")
    again = ask.post(f"approvals/{found[0]['id']}/decide/", {"decision": "refused"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_the_api_refuses_what_makes_no_sense(api, anna, insurer, policy_of, plan_of, director):
    ask, policy = api(director), policy_of(anna, limit=1000)
    plan = plan_of(anna, 100)
    made = ask.post(f"treatment-plans/{plan.pk}/request-dms/", {"policy": policy.pk}).json()["approval"]
    for body in (
        {"decision": "accepted_partial"},
        {"decision": "accepted"},
        {"decision": "refused", "lines": [{"line": 1, "quantity": 1, "price": "1.00"}]},
        {"decision": "accepted_partial", "lines": [{"line": 1, "quantity": 1, "price": "1.001"}]},
        {"decision": "accepted_full", "surprise": 1},
    ):
        assert ask.post(f"approvals/{made}/decide/", body).status_code == 400, body
    base = {
        "patient": anna.pk,
        "insurer": insurer.pk,
        "number": "7",
        "valid_from": "2026-01-01",
        "valid_to": "2025-01-01",
    }
    assert list(ask.post("policies/", base).json()["fields"]) == ["valid_to"]
    assert ask.post("policies/", {**base, "valid_to": "2027-01-01", "limit": "-5.00"}).status_code == 400
    assert ask.post("policies/", {**base, "valid_to": "2027-01-01", "insurer": 10**9}).status_code == 400
    assert ask.patch(f"policies/{policy.pk}/", {"limit": "1200.00"}).json()["limit"] == "1200.00"


def test_strangers_and_the_call_centre_see_nothing(api, anna, policy_of, plan_of, director, stranger, doctor):
    from tests.cast import person

    plan, policy = plan_of(anna, 100), policy_of(anna)
    approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
    assert api(stranger).get(f"approvals/{approval.pk}/").status_code == 404
    assert api(person("cc", "callcentre")).get(f"approvals/{approval.pk}/").status_code == 403
    seen = api(person("therapist", "doctor")).get("policies/").status_code
    assert seen == 200
    body = api(director).get(f"policies/{policy.pk}/").json()
    assert body["limit"] is None and D(0) == D(body["franchise"])
