"""Decisions of the trade on plain values: no database, no clock."""
