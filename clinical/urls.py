"""Addresses of the chart and of treatment plans."""

from django.urls import path

from clinical.listings import PlanListing
from clinical.views import chains, chart, plans
from core.screens import pages

app_name = "clinical"
urlpatterns = [
    *pages(PlanListing),
    path("patients/<int:pk>/diagnostics/", chart.diagnostics, name="diagnostics"),
    path("patients/<int:pk>/diagnostics/state/", chart.state, name="chart-state"),
    path("patients/<int:pk>/diagnostics/picks/", chart.picks, name="chart-picks"),
    path("patients/<int:pk>/diagnostics/note/", chart.note, name="chart-note"),
    path("patients/<int:pk>/diagnostics/close/", chart.close, name="chart-close"),
    path("patients/<int:pk>/diagnostics/reopen/", chart.reopen, name="chart-reopen"),
    path("patients/<int:pk>/diagnostics/mark/", chart.mark, name="chart-mark"),
    path("patients/<int:pk>/diagnostics/unmark/", chart.unmark, name="chart-unmark"),
    path("patients/<int:pk>/diagnostics/favourites/<int:diagnosis>/", chart.favourite, name="chart-favourite"),
    path("patients/<int:pk>/plans/", plans.patient_plans, name="plans"),
    path("patients/<int:pk>/plans/new/", plans.plan_new, name="plan-new"),
    path("patients/<int:pk>/plans/services/", plans.plan_services, name="plan-services"),
    path("treatment-plans/<int:pk>/", plans.plan, name="plan"),
    path("treatment-plans/<int:pk>/approve/", plans.approve, name="plan-approve"),
    path("treatment-plans/<int:pk>/reopen/", plans.reopen, name="plan-reopen"),
    path("treatment-plans/<int:pk>/decline/", plans.decline, name="plan-decline"),
    path("treatment-plans/<int:pk>/done/", plans.done, name="plan-done"),
    path("treatment-plans/<int:pk>/book/", chains.book_plan, name="plan-book"),
    path("treatment-plans/<int:pk>/book/chain/", chains.chain, name="plan-chain"),
    path("treatment-plans/<int:pk>/book/others/", chains.others, name="plan-chain-others"),
    path("treatment-plans/<int:pk>/book/keep/", chains.keep, name="plan-chain-keep"),
    path("treatment-plans/<int:pk>/book/release/", chains.release, name="plan-chain-release"),
    path("treatment-plans/<int:pk>/undone/", plans.undone, name="plan-undone"),
]
