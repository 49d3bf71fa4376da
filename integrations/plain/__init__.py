"""Any SMS service over plain HTTP with JSON."""
