"""The calendar's addresses under /api/v1/."""

from scheduling.api import appointments, phoning, pools, recall, shifts, slots, waiting

urlpatterns = [
    *appointments.router.urls,
    *shifts.router.urls,
    *slots.router.urls,
    *phoning.router.urls,
    *pools.router.urls,
    *recall.router.urls,
    *waiting.router.urls,
]
