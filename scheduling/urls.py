"""Addresses of the calendar."""

from django.urls import path

from core.directory import directory_pages
from core.screens import pages
from scheduling.directories import LABELS, VISIT_TYPES
from scheduling.listings import AppointmentListing, ShiftListing, WaitingListing
from scheduling.views import appointments, booking, calendar, closing, my_day, roster, search, shifts, waiting

app_name = "scheduling"
urlpatterns = [
    path("", calendar.home, name="home"),
    path("schedule/", calendar.schedule, name="schedule"),
    path("schedule/feed/", calendar.feed, name="feed"),
    path("schedule/changed/", calendar.changed, name="changed"),
    path("schedule/load/", calendar.load, name="load"),
    path("schedule/views/", calendar.view_keep, name="view-keep"),
    path("schedule/views/last/", calendar.view_last, name="view-last"),
    path("schedule/views/<int:pk>/delete/", calendar.view_drop, name="view-drop"),
    path("schedule/free/", booking.free, name="free"),
    path("schedule/search/", search.find, name="search"),
    path("schedule/services/", booking.service_options, name="services"),
    path("schedule/hold/", booking.hold, name="hold"),
    path("schedule/hold/<int:pk>/", booking.hold_one, name="hold-one"),
    path("schedule/waiting/", waiting.rows, name="waiting-list"),
    path("my-day/", my_day.my_day, name="my-day"),
    *pages(AppointmentListing, ShiftListing, WaitingListing),
    *directory_pages(VISIT_TYPES, LABELS),
    path("appointments/new/", booking.new, name="appointment-new"),
    path("appointments/<int:pk>/", appointments.appointment, name="appointment"),
    path("appointments/<int:pk>/drag/", appointments.drag, name="appointment-drag"),
    path("appointments/<int:pk>/step/", appointments.step, name="appointment-step"),
    path("appointments/<int:pk>/edit/", appointments.edit, name="appointment-edit"),
    path("appointments/<int:pk>/move/", appointments.move, name="appointment-move"),
    path("appointments/<int:pk>/cancel/", appointments.cancel, name="appointment-cancel"),
    path("appointments/<int:pk>/uncancel/", appointments.uncancel, name="appointment-uncancel"),
    path("appointments/<int:pk>/back/", appointments.back, name="appointment-back"),
    path("appointments/<int:pk>/close/", closing.close, name="appointment-close"),
    path("appointments/<int:pk>/work-order/", closing.work_order, name="work-order"),
    path("staff-schedule/", roster.roster, name="roster"),
    path("shifts/new/", shifts.new, name="shift-new"),
    path("shifts/<int:pk>/", shifts.edit, name="shift-edit"),
    path("shifts/<int:pk>/drag/", shifts.drag, name="shift-drag"),
    path("shifts/<int:pk>/delete/", shifts.delete, name="shift-delete"),
    path("patients/<int:pk>/visits/", appointments.patient_tab, name="patient-visits"),
    path("blocks/new/", shifts.block_new, name="block-new"),
    path("blocks/<int:pk>/", shifts.block_edit, name="block-edit"),
    path("blocks/<int:pk>/drag/", shifts.block_drag, name="block-drag"),
    path("blocks/<int:pk>/delete/", shifts.block_delete, name="block-delete"),
    path("waiting-list/new/", waiting.new, name="waiting-new"),
    path("waiting-list/<int:pk>/", waiting.edit, name="waiting-edit"),
    path("waiting-list/<int:pk>/remove/", waiting.remove, name="waiting-remove"),
    path("waiting-list/<int:pk>/return/", waiting.put_back, name="waiting-return"),
]
