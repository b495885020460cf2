#!/usr/bin/env python3
"""Plain BM25 by `bm25s` over the non-test source files of commits, and over their functions where it is Python.

    .peers/bm25s/bin/python benchmarks/harness/bm25_worker.py <INSTANCES >RANKED

One JSON object a line in both directions; all instances of one call are of one repository, so that a blob is read
once. Terms are the product's own; each counts once in a question, as k1 and b were set for the figures of the data.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bm25s  # type: ignore[import-not-found]  # lives in an environment of its own
import numpy as np  # type: ignore[import-not-found]  # comes with it

from benchmarks.harness.trees import Blob, blobs, contents, is_source
from swe_agent import terms

K1, B, MOST = 1.2, 0.75, 50
LARGEST = 1_500_000
"""Bytes of a file that are read."""
_WORD = re.compile(r"[^\W\d]\w*")
_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+([A-Za-z_]\w*)")


@dataclass
class Texts:
    """Terms of blobs as numbers, kept from one commit to the next."""

    repository: Path
    vocabulary: dict[str, int] = field(default_factory=dict)
    files: dict[str, array[int]] = field(default_factory=dict)
    functions: dict[str, list[tuple[str, array[int]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = lru_cache(maxsize=1 << 19)(self._number)

    def learn(self, wanted: Sequence[Blob], *, functions: bool) -> None:
        new = list(dict.fromkeys(blob.oid for blob in wanted if blob.oid not in self.files))
        for oid, data in zip(new, contents(self.repository, new), strict=True):
            text = data[:LARGEST].decode("utf-8", "replace")
            self.files[oid] = self.numbers(text)
            if functions:
                self.functions[oid] = [(name, self.numbers(body)) for name, body in split(text)]

    def numbers(self, text: str) -> array[int]:
        found = array("i")
        for word in _WORD.findall(text):
            found.extend(self._numbers(word))
        return found

    def _number(self, word: str) -> tuple[int, ...]:
        return tuple(self.vocabulary.setdefault(term, len(self.vocabulary)) for term in terms(word))


def split(text: str) -> list[tuple[str, str]]:
    """Functions by indentation, each with its qualified name and its lines, those of nested ones included."""
    lines = text.split("\n")
    found: list[tuple[str, str]] = []
    open_: list[tuple[int, str, str, int]] = []  # indentation, kind, qualified name, first line

    def close(indentation: int, end: int) -> None:
        while open_ and open_[-1][0] >= indentation:
            _, kind, name, start = open_.pop()
            if kind == "def":
                found.append((name, "\n".join(lines[start:end])))

    for number, line in enumerate(lines):
        if match := _DEFINITION.match(line):
            indentation = len(match[1].expandtabs())
            close(indentation, number)
            name = f"{open_[-1][2]}.{match[3]}" if open_ else match[3]
            open_.append((indentation, match[2], name, number))
    close(0, len(lines))
    return found


def best(documents: Sequence[array[int]], names: Sequence[str], vocabulary: dict[str, int], text: str) -> list[str]:
    """The names of the best documents for a text."""
    if not documents:
        return []
    used = sorted({number for document in documents for number in document})
    small = {number: place for place, number in enumerate(used)}
    words = list(vocabulary)
    tokens = bm25s.tokenization.Tokenized(
        ids=[[small[number] for number in document] for document in documents],
        vocab={words[number]: place for number, place in small.items()},
    )
    retriever = bm25s.BM25(k1=K1, b=B, method="lucene")
    retriever.index(tokens, show_progress=False)
    asked = [term for term in dict.fromkeys(terms(text)) if vocabulary.get(term) in small]
    if not asked:
        return []
    scores = retriever.get_scores(asked)
    order = np.argsort(-scores, kind="stable")[:MOST]
    return [names[n] for n in order if scores[n] > 0]


def rank(texts: Texts, instance: dict[str, str]) -> dict[str, object]:
    python = instance["language"] == "python"
    wanted = [b for b in blobs(texts.repository, instance["commit"]) if is_source(b.path, instance["language"])]
    texts.learn(wanted, functions=python)
    paths = [blob.path for blob in wanted]
    row: dict[str, object] = {"instance_id": instance["instance_id"]}
    row["files"] = best([texts.files[b.oid] for b in wanted], paths, texts.vocabulary, instance["text"])
    if python:
        functions = [(f"{b.path}::{name}", body) for b in wanted for name, body in texts.functions[b.oid]]
        bodies = [body for _, body in functions]
        row["functions"] = best(bodies, [name for name, _ in functions], texts.vocabulary, instance["text"])
    return row


def main() -> None:
    known: dict[str, Texts] = {}
    for line in sys.stdin:
        instance = json.loads(line)
        texts = known.setdefault(instance["repository"], Texts(repository=Path(instance["repository"])))
        before = resource.getrusage(resource.RUSAGE_SELF)
        row = rank(texts, instance)
        after = resource.getrusage(resource.RUSAGE_SELF)
        row["cpu_s"] = round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
