"""Addresses of messages."""

from django.urls import path

from core.screens import pages
from messaging.listings import IncomingListing, MailingListing, MailingPersonListing, MessageListing
from messaging.views import mailings, messages, threads, triggers

app_name = "messaging"
urlpatterns = [
    path("messages/new/", messages.message_new, name="message-new"),
    path("messages/preview/", messages.preview, name="preview"),
    path("messages/templates/", messages.templates, name="templates"),
    path("messages/templates/<int:pk>/", messages.template_edit, name="template-edit"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/withdraw/", messages.message_withdraw, name="message-withdraw"),
    path("messages/<int:pk>/approve/", messages.message_approve, name="message-approve"),
    path("messages/<int:pk>/repeat/", messages.message_repeat, name="message-repeat"),
    path("messages/triggers/", triggers.triggers, name="triggers"),
    path("messages/triggers/new/<slug:event>/", triggers.trigger_new, name="trigger-new"),
    path("messages/triggers/<int:pk>/", triggers.trigger_edit, name="trigger-edit"),
    path("messages/triggers/<int:pk>/dry-run/", triggers.trigger_dry, name="trigger-dry"),
    path("messages/triggers/<int:pk>/switch/", triggers.trigger_switch, name="trigger-switch"),
    path("messages/triggers/<int:pk>/trash/", triggers.trigger_trash, name="trigger-trash"),
    path("mailings/new/", mailings.mailing_new, name="mailing-new"),
    path("mailings/<int:pk>/", mailings.mailing, name="mailing"),
    path("mailings/<int:pk>/edit/", mailings.mailing_edit, name="mailing-edit"),
    path("mailings/<int:pk>/start/", mailings.mailing_start, name="mailing-start"),
    path("mailings/<int:pk>/test/", mailings.mailing_test, name="mailing-test"),
    path("mailings/<int:pk>/pause/", mailings.mailing_pause, name="mailing-pause"),
    path("mailings/<int:pk>/resume/", mailings.mailing_resume, name="mailing-resume"),
    path("mailings/<int:pk>/stop/", mailings.mailing_stop, name="mailing-stop"),
    path("mailings/<int:pk>/undo/", mailings.mailing_undo, name="mailing-undo"),
    path("mailings/<int:pk>/people/<int:person>/drop/", mailings.person_drop, name="mailing-person-drop"),
    path("incoming/<int:pk>/", threads.incoming, name="incoming"),
    path("incoming/<int:pk>/answer/", threads.answer, name="incoming-answer"),
    path("incoming/<int:pk>/done/", threads.incoming_handle, name="incoming-handle"),
    path("incoming/<int:pk>/reopen/", threads.incoming_reopen, name="incoming-reopen"),
    *pages(MessageListing, IncomingListing, MailingListing, MailingPersonListing),
]
