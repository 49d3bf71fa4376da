"""Telegram: a bot of the clinic that writes to those who have begun to talk with it."""
