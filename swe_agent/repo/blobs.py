"""Contents by id, by one process however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from swe_agent.repo.git import Git


def each_blob(git: Git, ids: Iterable[str], *, most: int | None = None) -> Iterator[bytes | None]:
    """In the order of the ids; None for what is not there, as in a partial clone. One of more than `most` bytes comes
    empty."""
    wanted = list(ids)
    if not wanted:
        return
    out = git.run("cat-file", "--batch", "--buffer", data="".join(f"{id_}\n" for id_ in wanted).encode())
    at = 0
    for _ in wanted:
        end = out.index(b"\n", at)
        head = out[at:end].split(b" ")
        at = end + 1
        if len(head) != 3:
            yield None
            continue
        size = int(head[2])
        yield out[at : at + size] if most is None or size <= most else b""
        at += size + 1


def blobs(git: Git, ids: Iterable[str]) -> dict[str, bytes]:
    """By id; what is not there is left out."""
    wanted = list(ids)
    found = zip(wanted, each_blob(git, wanted), strict=True)
    return {id_: data for id_, data in found if data is not None}
