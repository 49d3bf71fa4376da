"""Addresses of messages in the API."""

from messaging.api import mailings, messages, replies, triggers

urlpatterns = [
    *messages.router.urls,
    *mailings.router.urls,
    *triggers.router.urls,
    *replies.router.urls,
]
