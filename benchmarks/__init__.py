"""How fast the program is beside what is possible: each hot path and its limit, measured in one run."""
