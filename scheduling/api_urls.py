"""The calendar's addresses under /api/v1/."""

from scheduling.api import appointments, shifts, waiting

urlpatterns = [*appointments.router.urls, *shifts.router.urls, *waiting.router.urls]
