"""`pools/`: resources that visits take beside their chair."""

from typing import Any

from rest_framework import serializers

from core.api import Keys, Out, Router
from scheduling.listings import PoolListing

router = Router("scheduling")


class PoolOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    services = Keys()
    counts = serializers.SerializerMethodField(help_text="how many each branch has")
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()

    def get_counts(self, row: Any) -> dict[str, int]:
        return {str(place.branch_id): place.count for place in row.places.all()}


router.listing("pools/", PoolListing, gives=PoolOut)
