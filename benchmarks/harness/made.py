"""Small repositories for smoke runs, and trees of real ones to be measured in."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.trees import ENVIRONMENT, blobs, contents, git

AUTHOR = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A"} | {
    "GIT_COMMITTER_EMAIL": "a@example.org"
}
SHOP = {
    "shop/cart.py": 'class Cart:\n    def total(self) -> float:\n        """The price of all items."""\n',
    "shop/mail.py": "def send(to: str, subject: str) -> None:\n    ...\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\ndef test_total() -> None:\n    ...\n",
}
SHOP_TASK = "Cart.total forgets the price of the last item"


def run(tree: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(tree), *arguments], env=ENVIRONMENT | AUTHOR, stdout=-1, check=True)
    return done.stdout.decode("utf-8", "replace").strip()


def shop(tree: Path) -> Path:
    """Three files and two commits."""
    for name, text in SHOP.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    for argv in (["init", "-q"], ["add", "."], ["commit", "-qm", "shop: a cart and mail"]):
        run(tree, *argv)
    (tree / "shop/mail.py").write_text(f"{SHOP['shop/mail.py']}\n\ndef receive() -> None:\n    ...\n", encoding="utf-8")
    run(tree, "commit", "-qam", "shop: mail comes back")
    return tree


def clone(repository: Path, commit: str, tree: Path) -> Path:
    """A work tree with the whole history, whose objects stay where they are."""
    subprocess.run(["git", "clone", "-q", "-s", "-n", str(repository), str(tree)], env=ENVIRONMENT, check=True)
    run(tree, "checkout", "-q", "--detach", commit)
    settle(tree)
    return tree


def settle(tree: Path) -> None:
    """As git leaves a tree that somebody works in. Files of the same second as its index it reads anew each time, until
    a later `git status` has seen them."""
    time.sleep(1.1)
    run(tree, "status", "--short")


def copy(repository: Path, commit: str, tree: Path) -> Path:
    """The files of a commit as the first of a new repository: for one that lacks some of its objects."""
    there = blobs(repository, commit)
    for blob, data in zip(there, contents(repository, [blob.oid for blob in there]), strict=True):
        path = tree / blob.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for argv in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "all of it"]):
        run(tree, *argv)
    settle(tree)
    return tree


def recent_messages(repository: Path, commit: str, size: int = 4_000) -> str:
    """A text of `size` characters that speaks of the tree: the messages of the last commits."""
    log = git(repository, "log", "--no-merges", "-n", "60", "--format=%B", commit)
    return log.decode("utf-8", "replace")[:size]


def listed(tree: Path, extensions: Sequence[str]) -> list[str]:
    """The tracked files with these endings."""
    found = run(tree, "ls-files", "-z").split("\0")
    return [path for path in found if path.endswith(tuple(extensions)) and os.path.isfile(tree / path)]  # noqa: PTH113  # pathlib is slow for thousands
