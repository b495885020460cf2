"""Servers on loopback in the four dialects that providers speak, faults included.

One server (`server`), a dialect as a value (`chat`, `responses`, `messages`, `gemini`, listed in `every`), and faults
that are said once and spelt out by whichever dialect is spoken (`faults`). Import what you need from its module.
"""
