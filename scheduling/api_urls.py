"""The calendar's addresses under /api/v1/."""

from scheduling.api import appointments, recall, shifts, slots, waiting

urlpatterns = [
    *appointments.router.urls,
    *shifts.router.urls,
    *slots.router.urls,
    *recall.router.urls,
    *waiting.router.urls,
]
