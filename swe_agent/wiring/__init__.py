"""Chooses implementations. Clock, ids and randomness come from here, and nowhere else.

A module for each way in, so that a question about the tree does not load what a job needs.
"""
