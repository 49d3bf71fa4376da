"""Addresses of work in the API."""

from work.api import chat, queue, tasks

urlpatterns = [*tasks.router.urls, *queue.router.urls, *chat.router.urls]
