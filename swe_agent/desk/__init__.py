"""Decisions on blocks, and the landing of what was accepted."""
