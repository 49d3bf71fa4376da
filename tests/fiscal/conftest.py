"""A clinic with a cash register, and short words for what a receipt says."""

from decimal import Decimal

import pytest

from core import policies
from fiscal.models import Receipt, Register


@pytest.fixture
def register(branch):
    policies.Setting.objects.create(key="fiscal.is_on", value=True)
    policies.forget()
    yield Register.objects.create(
        name="Касса Центр", branch=branch, device="atol", group="clinic-1", email="kassa@clinic.example",
        tax_system="usn_income",
    )  # fmt: skip
    policies.forget()


@pytest.fixture
def said():
    """`said(receipt)`: (1054, [(1214, 1212, sum)], {form: sum}) with sums as text."""

    def words(receipt):
        items = [(item.method, item.subject, str(item.sum)) for item in receipt.items.all()]
        forms = {name: str(amount) for name, amount in receipt.forms().items() if amount}
        assert sum((item.sum for item in receipt.items.all()), Decimal()) == receipt.total
        return receipt.operation, items, forms

    return words


@pytest.fixture
def last():
    return lambda **which: Receipt.objects.filter(**which).order_by("-pk").first()
