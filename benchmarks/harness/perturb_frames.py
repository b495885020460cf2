"""How models write an edit other than the format has it, with nothing of the file misquoted: marks, heads, names of
files, what stands around; and files that are not as plain as the reply."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from benchmarks.harness.drafts import (
    BLOCKS,
    FORMATS,
    NO_END,
    PATCH,
    QUOTING,
    RECOVERABLE,
    STAYS,
    SYMBOL,
    UNIFIED,
    WHOLE,
    Change,
    Draft,
    Hunk,
    Perturbation,
    head_of,
)
from benchmarks.harness.real_edits import BOM
from swe_agent.testing.replies import split


def _text(change: Callable[[str], str]) -> Change:
    return lambda draft, dice: replace(draft, afterwards=(*draft.afterwards, change))


# --- the marks of lines ---


def _unmarked_blank(draft: Draft, dice: random.Random) -> Draft | None:
    if not any(line.kind == STAYS and not line.text for hunk in draft.hunks for line in hunk.lines):
        return None
    mark = draft.mark
    return replace(draft, mark=lambda line: "" if line.kind == STAYS and not line.text else mark(line))


def _unmarked_context(draft: Draft, dice: random.Random) -> Draft | None:
    """No mark before any line that stays; where one of them would look like another kind of line, no one can say."""
    stay = [line.text for hunk in draft.hunks for line in hunk.lines if line.kind == STAYS]
    if not stay or any(text[:1] in ("+", "-", "@", "\\", "*") for text in stay):
        return None
    mark = draft.mark
    return replace(draft, mark=lambda line: line.text if line.kind == STAYS else mark(line), loose=True)


def _needless_no_end(draft: Draft, dice: random.Random) -> Draft | None:
    if any(line.unended for hunk in draft.hunks for line in hunk.lines):
        return None
    last = draft.hunks[-1]
    if last.old + len(last.olds) > len(split(draft.before)) or last.lines[-1].kind != STAYS:
        return None
    return replace(draft, afterwards=(*draft.afterwards, lambda text: f"{text}{NO_END}\n"))


def _no_end_unsaid(draft: Draft, dice: random.Random) -> Draft | None:
    if not any(line.unended for hunk in draft.hunks for line in hunk.lines):
        return None
    if draft.edit.before.endswith("\n") or draft.edit.after.endswith("\n"):
        return None
    hunks = tuple(
        replace(hunk, lines=tuple(line._replace(unended=False) for line in hunk.lines)) for hunk in draft.hunks
    )
    return replace(draft, hunks=hunks)


# --- the heads of hunks ---


def _heads(written: Callable[[Draft, Hunk, random.Random], str]) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        return replace(draft, hunks=tuple(replace(hunk, head=written(draft, hunk, dice)) for hunk in draft.hunks))

    return change


def _numbered(change: Callable[[int, random.Random], int]) -> Change:
    def head(draft: Draft, hunk: Hunk, dice: random.Random) -> str:
        old, olds, new, news = hunk.numbers
        return f"@@ -{change(old, dice)},{olds} +{change(new, dice)},{news} @@"

    return _heads(head)


def _miscounted(draft: Draft, hunk: Hunk, dice: random.Random) -> str:
    """Too few lines, or too many where the reply cannot have been cut: there is as much context below as above."""
    old, olds, new, news = hunk.numbers
    kinds = "".join(line.kind for line in hunk.lines)
    above, below = len(kinds) - len(kinds.lstrip()), len(kinds) - len(kinds.rstrip())
    off = [-2, -1, 1, 2] if below >= max(above, 1) else [-2, -1]
    return f"@@ -{old},{max(1, olds + dice.choice(off))} +{new},{max(1, news + dice.choice(off))} @@"


def section_of(draft: Draft, hunk: Hunk) -> str:
    """The last line above the hunk that begins at the margin with a letter, as git takes it."""
    above = split(draft.edit.before)[: hunk.old - 1]
    return next((line.strip()[:60].strip() for line in reversed(above) if line[:1].isalpha()), "")


def _under_line(draft: Draft, dice: random.Random) -> Draft | None:
    """Each hunk of a patch under a line that stands above it, whole and once."""
    file = split(draft.edit.before)
    hunks = []
    for hunk in draft.hunks:
        above = [line for line in file[: hunk.old - 1] if line[:1].isalpha() and file.count(line) == 1]
        if not above or "@@" in above[-1]:
            return None
        hunks.append(replace(hunk, head=f"@@ {above[-1]}"))
    return replace(draft, hunks=tuple(hunks))


# --- the names of files ---


def _named(written: Callable[[str], str]) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        name = written(draft.path)
        if draft.format == SYMBOL:
            return _text(lambda text: text.replace(f": {draft.path}::", f": {name}::"))(draft, dice)
        names = {
            UNIFIED: (f"--- a/{name}", f"+++ b/{name}"),
            PATCH: (f"*** Update File: {name}",),
        }.get(draft.format, (name,))
        return replace(draft, names=names) if names != draft.names else None

    return change


def _headed(*heads: str) -> Change:
    """PATH stands for the path."""
    return lambda draft, dice: replace(draft, names=tuple(head.replace("PATH", draft.path) for head in heads))


def _backslashes(draft: Draft, dice: random.Random) -> Draft | None:
    return _named(lambda path: path.replace("/", "\\"))(draft, dice) if "/" in draft.path else None


def _base_name(draft: Draft, dice: random.Random) -> Draft | None:
    base = draft.path.rpartition("/")[2]
    if base == draft.path or sum(path.rpartition("/")[2] == base for path in draft.files) > 1:
        return None
    return _named(lambda path: base)(draft, dice)


def _head_for_each_hunk(draft: Draft, dice: random.Random) -> Draft | None:
    if len(draft.hunks) < 2:
        return None
    first, *others = draft.hunks

    def headed(hunk: Hunk) -> Hunk:
        head = (head_of(hunk) if draft.format == UNIFIED else "@@") if hunk.head is None else hunk.head
        return replace(hunk, head="\n".join([*draft.names, head]))

    return replace(draft, hunks=(first, *map(headed, others)))


def _named_once(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, named_once=True) if len(draft.hunks) > 1 else None


def _name_above_fence(draft: Draft, dice: random.Random) -> Draft | None:
    around = (*draft.afterwards, lambda text: f"In `{draft.path}`:\n\n```diff\n{text}```\n")
    return None if _has_fence(draft) else replace(draft, names=(), afterwards=around)


# --- what stands around ---


def _has_fence(draft: Draft) -> bool:
    return any("```" in line.text for hunk in draft.hunks for line in hunk.lines)


def _fenced(fence: str, *kinds: str) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        kind = dice.choice(kinds)
        if fence == "```" and _has_fence(draft):
            return None
        around = (*draft.afterwards, lambda text: f"{fence}{kind}\n{text}{fence}\n")
        return replace(draft, afterwards=around)

    return change


def _own_fence(fence: str, *, tagged: bool) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        if fence in draft.edit.after or (fence == "```" and _has_fence(draft)):
            return None
        tag = dice.choice([draft.edit.language, draft.path.rpartition(".")[2]]) if tagged else ""
        fences = (fence + tag, fence)
        return replace(draft, fences=fences) if fences != draft.fences else None

    return change


PROSE = (
    "Sure! I had a look at the code; the fix is small:",
    "I'll now make the change.\n\n1. Read the file.\n2. Change what the issue names.",
    "The bug is in how the value is passed on - it is dropped when the list is empty.",
)


def _prose(draft: Draft, dice: random.Random) -> Draft | None:
    before = dice.choice(PROSE)
    around = (*draft.afterwards, lambda text: f"{before}\n\n{text}\nThat should do it; all else stays as it is.\n")
    return replace(draft, afterwards=around)


def _command_after(text: str) -> str:
    return f"{text}\nThen run the tests:\n\n```bash\nmake test\n```\n"


def _fenced_first(draft: Draft) -> Draft:
    """With a fence around, where the format has none of its own: prose after a bare diff would be part of it."""
    if draft.format not in (UNIFIED, PATCH):
        return draft
    return replace(draft, afterwards=(*draft.afterwards, lambda text: f"```\n{text}```\n"))


def _in_list(draft: Draft, dice: random.Random) -> Draft | None:
    if _has_fence(draft):
        return None
    inner = _fenced_first(draft)

    def item(text: str) -> str:
        lines = (f"   {line}" if line else "" for line in text.split("\n"))
        return "1. Change the file:\n\n" + "\n".join(lines)

    return replace(inner, afterwards=(*inner.afterwards, item))


def _heredoc(text: str) -> str:
    return f"apply_patch <<'EOF'\n{text}EOF\n"


def _ended_file(text: str) -> str:
    return text.replace("\n*** End Patch\n", "\n*** End of File\n*** End Patch\n")


# --- the file ---


def _file(change: Callable[[str], str | None]) -> Change:
    """The file before and after, but not the reply, which is in the plain text that a model was shown."""

    def perturb(draft: Draft, dice: random.Random) -> Draft | None:
        if draft.intended is None:
            return None
        before, after = change(draft.before), change(draft.intended)
        if before is None or after is None:
            return None
        return replace(draft, files={**draft.files, draft.path: before}, intended=after)

    return perturb


def _crlf(text: str) -> str | None:
    return text.replace("\n", "\r\n") if "\r" not in text else None


def _marked(text: str) -> str | None:
    return BOM + text if not text.startswith(BOM) else None


def _unended(draft: Draft, dice: random.Random) -> Draft | None:
    """The last line without its end, in the file only: all that is said of it is the text."""
    last = draft.hunks[-1] if draft.hunks else None
    if last and last.lines[-1].kind != STAYS:
        return None
    return _file(lambda text: text[:-1] if text.endswith("\n") and text[-2:-1] not in ("\n", "\r") else None)(
        draft, dice
    )


def aside(draft: Draft, lines: list[str]) -> str:
    """Lines in a string or a comment, so that what they are does not matter; "" where they cannot be in one."""
    start, end = {"python": ('"""', '"""'), "ruby": ("=begin", "=end")}.get(draft.edit.language, ("/*", "*/"))
    text = "\n".join(lines)
    if end in text or "/*" in text or (draft.edit.language == "php" and "?>" in draft.before):
        return ""
    return f"{start}\n{text}\n{end}\n"


def _twin(draft: Draft, dice: random.Random) -> Draft | None:
    """What the first hunk quotes stands in the file a second time, at its end and indented otherwise."""
    if draft.intended is None or draft.loose or not draft.before.endswith("\n") or "\r" in draft.before:
        return None
    olds = draft.hunks[0].olds
    if sum(bool(text.strip()) for text in olds) < 2:
        return None
    twin = aside(draft, [f"      {text}" if text.strip() else "" for text in olds])
    return _file(lambda text: f"{text}\n{twin}")(draft, dice) if twin else None


def _one(name: str, change: Change, *touches: str, formats: tuple[str, ...] = FORMATS) -> Perturbation:
    return Perturbation(name=name, kind=RECOVERABLE, formats=formats, touches=frozenset(touches), change=change)


U, P, B, W = (UNIFIED,), (PATCH,), (BLOCKS,), (WHOLE,)
TIMES = ("--- a/PATH\t2025-11-03 10:12:44.000000000 +0000", "+++ b/PATH\t2025-11-03 10:15:01.000000000 +0000")
GIT = "diff --git a/PATH b/PATH"


def _marked_as(search: str, divider: str, replaced: str) -> Change:
    return lambda draft, dice: replace(draft, markers=(search, divider, replaced))


def _off_by_some(number: int, dice: random.Random) -> int:
    return max(1, number + dice.choice((-9, -3, -1, 1, 2, 7)))


def _sectioned(draft: Draft, hunk: Hunk, dice: random.Random) -> str:
    return f"{head_of(hunk)} {section_of(draft, hunk)}".rstrip()


FRAMES = (
    _one("blank context without mark", _unmarked_blank, "marks", formats=U + P),
    _one("context without marks", _unmarked_context, "marks", "indent", "kinds", formats=U + P),
    _one("needless mark of no end", _needless_no_end, "end", formats=U),
    _one("no end of the file unsaid", _no_end_unsaid, "end", formats=U),
    _one("wrong counts", _heads(_miscounted), "heads", formats=U),
    _one("line numbers off by some", _numbered(_off_by_some), "heads", formats=U),
    _one("line numbers far off", _numbered(lambda number, dice: dice.randrange(1, 5_000)), "heads", formats=U),
    _one("line numbers zero", _numbered(lambda number, dice: 0), "heads", formats=U),
    _one("bare heads", _heads(lambda draft, hunk, dice: "@@"), "heads", formats=U),
    _one("heads with dots", _heads(lambda draft, hunk, dice: "@@ ... @@"), "heads", formats=U + P),
    _one("heads with a section", _heads(_sectioned), "heads", formats=U),
    _one("heads not closed", _heads(lambda draft, hunk, dice: head_of(hunk)[:-3]), "heads", formats=U),
    _one("heads of a unified diff", _heads(lambda draft, hunk, dice: head_of(hunk)), "heads", formats=P),
    _one("hunks under a line above them", _under_line, "heads", formats=P),
    _one("no a/ and b/", _headed("--- PATH", "+++ PATH"), "names", formats=U),
    _one("times after the names", _headed(*TIMES), "names", formats=U),
    _one(
        "git's own head", _headed(GIT, "index 83db48f..bf269f4 100644", "--- a/PATH", "+++ b/PATH"), "names", formats=U
    ),
    _one("git's head alone", _headed(GIT), "names", formats=U),
    _one("the new name alone", _headed("+++ b/PATH"), "names", formats=U),
    _one("other prefixes", _headed("--- old/PATH", "+++ new/PATH"), "names", formats=U),
    _one("name above the fence", _name_above_fence, "names", "around", formats=U),
    _one("head for each hunk", _head_for_each_hunk, "names", "hunks", "heads", formats=U + P),
    _one("base name", _base_name, "names"),
    _one("./ before the name", _named(lambda path: f"./{path}"), "names", formats=P + B + W + (SYMBOL,)),
    _one("./ before the name", _headed("--- ./PATH", "+++ ./PATH"), "names", formats=U),
    _one("backslashes in the name", _backslashes, "names"),
    _one("name in backticks", _named(lambda path: f"`{path}`"), "names", formats=B + W + P),
    _one("name in bold", _named(lambda path: f"**{path}**"), "names", formats=B + W),
    _one("name as a heading", _named(lambda path: f"### File: {path}"), "names", formats=B + W),
    _one("name with a colon", _named(lambda path: f"{path}:"), "names", formats=B + W),
    _one("a/ before the name", _named(lambda path: f"a/{path}"), "names", formats=P),
    _one("name within the fence", lambda draft, _: replace(draft, inner_names=True), "names", "fences", formats=B),
    _one("named once for all blocks", _named_once, "names", formats=B),
    _one("no fences", lambda draft, _: replace(draft, fences=("", "")), "fences", formats=B),
    _one("four backticks", _own_fence("````", tagged=False), "fences", formats=B),
    _one("three backticks", _own_fence("```", tagged=True), "fences", formats=W),
    _one("tildes", _own_fence("~~~", tagged=False), "fences", formats=B + W),
    _one("language after the fence", _own_fence("````", tagged=True), "fences", formats=B + W),
    _one("short markers", _marked_as("<<<<< SEARCH", "=====", ">>>>> REPLACE"), "markers", formats=B),
    _one("long markers", _marked_as("<<<<<<<<< SEARCH", "=========", ">>>>>>>>> REPLACE"), "markers", formats=B),
    _one(
        "other words at the markers", _marked_as("<<<<<<< ORIGINAL", "=======", ">>>>>>> UPDATED"), "markers", formats=B
    ),
    _one(
        "space after the markers", _marked_as("<<<<<<< SEARCH ", "======= ", ">>>>>>> REPLACE  "), "markers", formats=B
    ),
    _one("in a fence", _fenced("```", "diff", "patch", ""), "around", formats=U + P),
    _one("in a fence of tildes", _fenced("~~~", "diff", ""), "around", formats=U + P),
    _one("in four backticks", _fenced("````", "diff", ""), "around", formats=U + P),
    _one("prose around", lambda draft, dice: _prose(_fenced_first(draft), dice), "around"),
    _one("prose around, no fence", _prose, "around", "heads", formats=U + P),
    _one("a command after it", lambda draft, dice: _text(_command_after)(_fenced_first(draft), dice), "around"),
    _one("in a list", _in_list, "around", "indent", formats=QUOTING),
    _one("CRLF in the reply", _text(lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n")), "reply"),
    _one("no end of the reply", _text(lambda text: text.removesuffix("\n")), "reply", "around"),
    _one("blank lines around", _text(lambda text: f"\n\n{text}\n\n"), "around"),
    _one("heredoc around", _text(_heredoc), "around", formats=P),
    _one("patch without a beginning", _text(lambda text: text.replace("*** Begin Patch\n", "")), "begin", formats=P),
    _one("needless end of file", _text(_ended_file), "end", formats=P),
    _one("CRLF in the file", _file(_crlf), "file"),
    _one("byte order mark in the file", _file(_marked), "file"),
    _one("no end of the file's last line", _unended, "file", "end", formats=QUOTING + W),
    _one("a twin indented otherwise", _twin, "file", "hunks", "context", "indent", "trailing", formats=QUOTING),
)
