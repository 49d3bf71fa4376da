"""Screens of cards."""
