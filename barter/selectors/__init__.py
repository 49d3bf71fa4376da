"""Reads of barter: contracts, entries, money."""
