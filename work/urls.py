"""Addresses of work."""

from django.urls import path

from core.screens import pages
from work import views
from work.listings import NotificationListing, TaskListing

app_name = "work"
urlpatterns = [
    path("now/", views.now, name="now"),
    path("now/snooze/", views.snooze, name="snooze"),
    path("tasks/new/", views.task_new, name="task-new"),
    path("tasks/<int:pk>/", views.task, name="task"),
    path("tasks/<int:pk>/edit/", views.task_edit, name="task-edit"),
    path("tasks/<int:pk>/take/", views.task_take, name="task-take"),
    path("tasks/<int:pk>/<slug:state>/", views.task_move, name="task-move"),
    path("notifications/tray/", views.tray, name="tray"),
    path("notifications/read/", views.notifications_read, name="notifications-read"),
    path("notifications/kinds/", views.notification_kinds, name="notification-kinds"),
    path("notifications/<int:pk>/", views.notification, name="notification"),
    *pages(TaskListing, NotificationListing),
]
