"""Answers are written quickly, and are what DRF would have written."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from rest_framework import serializers

from core.api import Amount, Moment, Out


class PartOut(Out):
    name = serializers.CharField()


class ThingOut(Out):
    id = serializers.IntegerField()
    title = serializers.CharField(source="get_title")
    place = serializers.CharField(source="branch.name")
    born = serializers.DateField()
    price = Amount()
    at = Moment(zone="branch.timezone")
    is_open = serializers.BooleanField()
    word = serializers.SerializerMethodField()
    parts = PartOut(many=True)
    optional = serializers.CharField(required=False)
    secret = serializers.CharField(write_only=True)

    def get_word(self, row) -> str:
        return f"{row.id}!"


@dataclass
class Thing:
    id: int = 7
    born: date | None = date(2000, 2, 29)
    price: Decimal = Decimal("10.50")
    at: datetime = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("UTC"))
    is_open: bool = True
    branch: SimpleNamespace | None = field(
        default_factory=lambda: SimpleNamespace(name="Центр", timezone="Europe/Moscow")
    )
    parts: list[SimpleNamespace] = field(default_factory=lambda: [SimpleNamespace(name="a"), SimpleNamespace(name="b")])

    def get_title(self) -> str:
        return "Вещь"


class WithOptional(Thing):
    optional = "есть"


ROWS = [
    Thing(), WithOptional(), Thing(born=None), Thing(parts=[]), Thing(is_open=False),
    {"id": 1, "get_title": "x", "branch": {"name": "y", "timezone": "UTC"}, "born": None, "price": Decimal("1.00"),
     "at": datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), "is_open": None, "parts": []},
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_an_answer_is_what_drf_would_have_written(row, monkeypatch):
    if isinstance(row, dict):
        monkeypatch.setattr(ThingOut, "get_word", lambda self, row: f"{row['id']}!")
        monkeypatch.setattr(Moment, "get_attribute", serializers.Field.get_attribute)
    usual = serializers.Serializer.to_representation(ThingOut(row), row)
    assert dict(ThingOut(row).data) == dict(usual)
    assert list(ThingOut(row).data) == list(usual)
    assert "secret" not in usual


def test_a_row_that_lacks_what_it_must_have_is_a_fault_as_before():
    with pytest.raises(AttributeError):
        ThingOut(Thing(branch=None)).data  # noqa: B018
