"""Folds of events, and the figures made of them. Values in, values out: where events are kept is not known here."""
