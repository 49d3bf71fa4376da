"""Reads of insurance, each within what its user may see."""
