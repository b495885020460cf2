"""Findings about a change, and the places where platforms let them stand."""
