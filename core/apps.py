"""The frame: it knows no patient, no money, no clinic."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
