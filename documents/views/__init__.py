"""Screens of templates and of signing."""
