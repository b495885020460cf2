"""The namespaced tier without bubblewrap: a layout as what the stage carries out by itself.

It needs Linux 5.12 (mount_setattr) and user namespaces; overlays need 5.11.
"""

import os

from sandbox.layout import Bind, Empty, File, Kernel, Layout, Link, Operation, Overlay

NAME = "own namespaces"


def operations(layout: Layout) -> list[tuple[object, ...]]:
    """As values that `marshal` can carry: kind, target, and the rest in the order that `stage.namespaces` takes it."""
    return [_plain(operation) for operation in layout.operations]


def _plain(operation: Operation) -> tuple[object, ...]:
    match operation:
        case Bind(source, target, writable):
            return "bind", os.fsencode(target), os.fsencode(source), writable
        case Overlay(source, target):
            return "overlay", os.fsencode(target), os.fsencode(source)
        case Empty(target, size, mode):
            return "empty", os.fsencode(target), size, mode
        case File(target, content):
            return "file", os.fsencode(target), content
        case Link(target, to):
            return "link", os.fsencode(target), os.fsencode(to)
        case Kernel():
            return "kernel", b""
