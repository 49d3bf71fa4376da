"""Reads of money, within the user's branches and days."""
