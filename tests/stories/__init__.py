"""Whole days and whole pages, as people meet them."""
