"""Certificates for the tax deduction: KND 1151156 on paper, KND 1184043 as a register."""
