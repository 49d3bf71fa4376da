"""The demo clinic: only a command, no tables and no pages."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
