"""Addresses of work."""

from django.urls import path

from core.directory import directory_pages
from core.screens import pages
from work.directories import WORK_KINDS
from work.listings import CorrectionListing, NotificationListing, RuleListing, TaskListing, TimeListing
from work.views import chat, notifications, presence, queue, tasks

app_name = "work"
urlpatterns = [
    path("now/", queue.now, name="now"),
    path("now/claim/", queue.claim, name="claim"),
    path("now/snooze/", queue.snooze, name="snooze"),
    path("tasks/board/", tasks.board, name="board"),
    path("tasks/new/", tasks.task_new, name="task-new"),
    path("tasks/about/", tasks.subjects_pick, name="subjects-pick"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.task_edit, name="task-edit"),
    path("tasks/<int:pk>/delete/", tasks.task_delete, name="task-delete"),
    path("tasks/<int:pk>/take/", tasks.task_take, name="task-take"),
    path("tasks/<int:pk>/steps/", tasks.step_add, name="step-add"),
    path("tasks/<int:pk>/steps/<int:step>/", tasks.step_tick, name="step-tick"),
    path("tasks/<int:pk>/steps/<int:step>/remove/", tasks.step_remove, name="step-remove"),
    path("tasks/<int:pk>/<slug:state>/", tasks.task_move, name="task-move"),
    path("task-rules/<int:pk>/", tasks.rule_edit, name="rule-edit"),
    path("task-rules/<int:pk>/stop/", tasks.rule_stop, name="rule-stop"),
    path("chat/", chat.rooms, name="chat"),
    path("chat/new/", chat.room_new, name="room-new"),
    path("chat/people/", chat.people, name="chat-people"),
    path("chat/<int:pk>/", chat.room, name="room"),
    path("chat/about/<str:kind>/<int:pk>/", chat.room_about, name="room-about"),
    path("time/<slug:way>/now/", presence.toggle, name="presence"),
    path("time/corrections/new/", presence.correction_new, name="correction-new"),
    path("time/corrections/<int:pk>/<slug:answer>/", presence.correction_decide, name="correction-decide"),
    path("notifications/tray/", notifications.tray, name="tray"),
    path("notifications/read/", notifications.notifications_read, name="notifications-read"),
    path("notifications/kinds/", notifications.notification_kinds, name="notification-kinds"),
    path("notifications/<int:pk>/", notifications.notification, name="notification"),
    path("notifications/<int:pk>/later/", notifications.notification_snooze, name="notification-snooze"),
    *pages(TaskListing, RuleListing, NotificationListing, TimeListing, CorrectionListing),
    *directory_pages(WORK_KINDS),
]
