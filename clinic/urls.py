"""Addresses of the clinic's pages."""

from django.urls import path

from clinic import listings
from clinic.directories import DOCTOR_PROFESSIONS, STAFF_PROFESSIONS
from clinic.views import accounts, people, places, rights, session, start
from core.directory import directory_pages
from core.screens import pages

app_name = "clinic"
urlpatterns = [
    path("start/", start.start, name="start"),
    path("start/done/", start.done, name="start-done"),
    path("start/<slug:key>/", start.step, name="start-step"),
    path("start/<slug:key>/skip/", start.skip, name="start-skip"),
    path("invitation/<str:secret>/", session.invitation, name="invitation"),
    path("pin/", session.pin, name="pin"),
    path("pin/set/", session.pin_set, name="pin-set"),
    path("pin/drop/", session.pin_drop, name="pin-drop"),
    path("branch/", session.branch_choose, name="branch-choose"),
    path("view-as/", session.view_as, name="view-as"),
    path("view-as/stop/", session.view_as_stop, name="view-as-stop"),
    *pages(listings.StaffListing, listings.BranchListing, listings.ChairListing),
    *pages(listings.EntityListing, listings.UserListing),
    path("staff/new/", people.person_new, name="person-new"),
    path("staff/<int:pk>/", people.person, name="person"),
    path("staff/<int:pk>/edit/", people.person_edit, name="person-edit"),
    path("staff/<int:pk>/leave/", people.person_leave, name="person-leave"),
    path("staff/<int:pk>/hand-over/", people.person_hand_over, name="person-hand-over"),
    path("staff/<int:pk>/return/", people.person_return, name="person-return"),
    path("staff/<int:pk>/trash/", people.person_trash, name="person-trash"),
    path("users/invite/", accounts.invite, name="user-invite"),
    path("users/<int:pk>/", accounts.user, name="user"),
    path("users/<int:pk>/edit/", accounts.user_edit, name="user-edit"),
    path("users/<int:pk>/renew/", accounts.user_renew, name="user-renew"),
    path("users/<int:pk>/switch/", accounts.user_switch, name="user-switch"),
    path("users/<int:pk>/sessions/end/", accounts.sessions_end, name="user-sessions-end"),
    path("users/<int:pk>/right/", accounts.right_set, name="user-right"),
    path("users/<int:pk>/<slug:tab>/", accounts.user, name="user-tab"),
    path("roles/", rights.roles, name="roles"),
    path("roles/new/", rights.role_new, name="role-new"),
    path("roles/<int:pk>/", rights.role_edit, name="role-edit"),
    path("roles/<int:pk>/right/", rights.role_right, name="role-right"),
    path("roles/<int:pk>/delete/", rights.role_delete, name="role-delete"),
    path("branches/new/", places.branch_new, name="branch-new"),
    path("branches/<int:pk>/", places.branch, name="branch"),
    path("branches/<int:pk>/edit/", places.branch_edit, name="branch-edit"),
    path("branches/<int:pk>/trash/", places.branch_trash, name="branch-trash"),
    path("branches/<int:pk>/hours/", places.hours, name="branch-hours"),
    path("branches/<int:pk>/days/new/", places.days_new, name="branch-days-new"),
    path("branches/<int:pk>/days/<str:day>/remove/", places.day_remove, name="branch-day-remove"),
    path("chairs/new/", places.chair_new, name="chair-new"),
    path("chairs/<int:pk>/", places.chair_edit, name="chair-edit"),
    path("chairs/<int:pk>/move/", places.chair_move, name="chair-move"),
    path("chairs/<int:pk>/trash/", places.chair_trash, name="chair-trash"),
    path("entities/new/", places.entity_new, name="entity-new"),
    path("entities/<int:pk>/", places.entity, name="entity"),
    path("entities/<int:pk>/trash/", places.entity_trash, name="entity-trash"),
    path("settings/periods/", rights.periods_page, name="periods"),
    path("settings/periods/<int:pk>/open/", rights.period_open, name="period-open"),
    *directory_pages(DOCTOR_PROFESSIONS, STAFF_PROFESSIONS),
]
