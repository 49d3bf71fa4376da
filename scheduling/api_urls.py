"""The calendar's addresses under /api/v1/."""

from scheduling.api import appointments, shifts, slots, waiting

urlpatterns = [*appointments.router.urls, *shifts.router.urls, *slots.router.urls, *waiting.router.urls]
