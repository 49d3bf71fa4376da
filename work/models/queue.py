"""Who has taken which item of the queue."""

from django.conf import settings
from django.db import models


class Claim(models.Model):
    """An item that somebody is busy with; others do not see it until he is done, gives it back, or the time is over."""

    key = models.CharField(max_length=120)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="claim_of_one_person_at_a_time")]
