"""Things and people of which there are so many and that a visit takes beside its chair and doctor (SCH-46)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from clinic.models import Branch


class Pool(models.Model):
    """Microscopes, the CT, assistants: whoever is booked for one of `services` takes one for the whole visit."""

    name = models.CharField(_("name"), max_length=80)
    services = models.ManyToManyField(Service, related_name="pools", blank=True, verbose_name=_("needed by services"))
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("resource")
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), name="pool_name_is_unique")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:pool-edit", args=[self.pk])


class PoolPlace(models.Model):
    """How many of a pool a branch has; a branch without a row has none. Its id is what Occupancy takes."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="places")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="pools", verbose_name=_("branch"))
    count = models.PositiveSmallIntegerField(_("how many"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "branch"], name="pool_place_one_of_a_branch"),
            models.CheckConstraint(condition=Q(count__lte=99), name="pool_place_counts_sensibly"),
        ]

    def __str__(self) -> str:
        return f"{self.pool}: {self.count}"
