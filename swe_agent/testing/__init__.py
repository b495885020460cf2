"""Fakes that we ship: models from a script, a server with faults, sealed repositories. For our tests and plug-ins'.

Import what you need from its module; this package loads nothing by itself.
"""
