"""Lines are known again whatever becomes of the commits that they came in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attributing import Written, function, told, wrong
from noting import kit_of

from swe_agent.core.errors import UsageError
from swe_agent.jobs.explain import explain
from swe_agent.jobs.lines import blame, labels_of, line_book
from swe_agent.testing.repository import RepoBuilder

PERSON, AGENT, OTHER = function("person"), function("agent"), function("other")


@pytest.fixture
def history(tmp_path: Path) -> Written:
    """A person's file, committed, and an agent's function below, committed, too."""
    history = Written(tmp_path / "project")
    history.commit({"shop.py": PERSON})
    history.agent("shop.py", PERSON + AGENT)
    history.commit()
    return history


def test_what_was_accepted_is_the_agents(history: Written) -> None:
    assert told(history.path) == {"shop.py": ["human"] * 5 + ["ai"] * 5}
    (file,) = blame(kit_of(history.path), "HEAD", ["shop.py"])
    origin = file.origins[5]
    assert (origin.kind, origin.via, origin.session, origin.model) == ("ai", "content", "s1", "m")
    assert origin.commit == history.repo.head
    assert 0.99 < origin.confidence <= 1


def test_what_was_rejected_proves_nothing(history: Written) -> None:
    history.agent("shop.py", PERSON + AGENT + OTHER, accepted=False)
    history.commit({"shop.py": PERSON + AGENT + OTHER})
    assert wrong(history.path) == []


def test_who_has_recorded_is_a_person_where_nothing_explains_a_line(history: Written) -> None:
    history.commit({"shop.py": PERSON + AGENT + OTHER})
    assert told(history.path)["shop.py"][10:13] == ["human"] * 3
    history.commit({"more.py": OTHER}, "more\n\nCo-authored-by: Claude <noreply@example.org>")
    assert told(history.path)["more.py"][:3] == ["unknown"] * 3


def crlf_in_a_part(history: Written) -> None:
    history.commit({"shop.py": PERSON + AGENT.replace("\n", "\r\n")})


def tabs(history: Written) -> None:
    history.commit({"shop.py": (PERSON + AGENT).replace("    ", "\t")})


def octopus(history: Written) -> None:
    for name in ("one", "two", "three"):
        history.repo.branch(name, start="main").checkout(name)
        history.agent(f"{name}.py", function(f"agent_{name}"))
        history.commit()
    history.repo.checkout("main")
    history.repo.git("merge", "--quiet", "-m", "octopus", "one", "two", "three")


def subtree(history: Written) -> None:
    history.repo.git("mv", "shop.py", "main.py")
    history.commit()
    tree = history.repo.git("rev-parse", "HEAD^{tree}")
    history.repo.git("read-tree", "--prefix=services/shop/", tree)
    history.repo.git("checkout-index", "-a", "-f")
    history.repo.git("rm", "-q", "--cached", "main.py")
    (history.path / "main.py").unlink()
    history.repo.commit("into a folder of its own")


def odd_names(history: Written) -> None:
    for name in ('a "quoted".py', "tab\there.py", "größe größer.py", "back\\slash.py", "-dash.py"):
        history.agent(name, AGENT.replace("agent", f"agent_{history.decided}"))
    history.commit()
    history.repo.git("mv", "größe größer.py", "ünd.py")
    history.commit({"ünd.py": "import os\n" + history.read("ünd.py") if history.read("ünd.py") else None})


def latin(history: Written) -> None:
    """Not UTF-8: the agent's comment has an é of one byte."""
    history.agent("latin.py", "# agent_caf\udce9 of the whole agent team\n" + AGENT.replace("agent", "agent_l"))
    history.commit()
    text = history.read("latin.py").encode("utf-8", "surrogateescape")
    history.commit({"latin.py": b"# caf\xe9\n" + text})


def pointers(history: Written) -> None:
    """A file that git LFS would keep, which holds no code of anybody's."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n"
    history.commit({"big.bin": pointer.format("a" * 64)})
    history.commit({"big.bin": pointer.format("b" * 64)})


def no_lines(history: Written) -> None:
    """A link, a binary, an empty file, a mode, a submodule; and the agent's file becomes one of them and back."""
    other = RepoBuilder(history.path.parent / "library")
    other.commit("library", {"l.py": OTHER})
    history.repo.submodule("library", other)
    history.repo.link("link", "shop.py")
    history.commit({"a.bin": b"\0\1\2", "empty": ""})
    text = history.read("shop.py")
    history.commit({"shop.py": b"\0" + text.encode()})
    history.repo.git("revert", "--no-edit", "HEAD")
    history.repo.chmod("shop.py", 0o755)
    history.commit()


def prettier(history: Written) -> None:
    """Double quotes, a semicolon each, arguments one a line, as prettier does."""
    before = "function agentSum(agentA, agentB, agentC) { return call('agent', agentA,agentB, agentC) }\n"
    after = (
        'function agentSum(\n  agentA,\n  agentB,\n  agentC,\n) {\n  return call("agent", agentA, agentB, agentC);\n}\n'
    )
    history.agent("sum.js", before)
    history.commit()
    history.commit({"sum.js": after})


def moved_and_edited(history: Written) -> None:
    edited = AGENT.replace("return sum(kept_agent)", "return edited_sum(kept_agent, strict=True)")
    history.commit({"shop.py": PERSON, "agents/part.py": OTHER + edited})


def joined_and_split(history: Written) -> None:
    joined = AGENT.replace("if price]\n    return", "if price]; return")
    history.commit({"shop.py": PERSON + joined})


def permuted(history: Written) -> None:
    """What a person wrote moves below, and git tells that the agent's changed it."""
    alike = AGENT.replace("agent", "writer")
    history.commit({"pair.py": alike})
    history.agent("pair.py", AGENT.replace("agent_total", "agent_totals") + alike)
    history.commit()


def rewritten(history: Written) -> None:
    history.repo.git("commit", "--quiet", "--amend", "-m", "other words")
    history.repo.git("checkout", "--quiet", "--orphan", "release")
    history.repo.git("commit", "--quiet", "-m", "1.0")


def reverted_twice(history: Written) -> None:
    history.repo.git("revert", "--no-edit", "HEAD")
    wrong(history.path)  # what is kept of this walk must do for the next one
    history.commit({"other.py": OTHER})
    history.repo.git("revert", "--no-edit", "HEAD~1")


def late(history: Written) -> None:
    """A decision that is told only after its commit was looked at."""
    before = history.read("shop.py")
    history.commit({"shop.py": before + function("agent_late")})
    wrong(history.path)
    history.repo.git("checkout", "--quiet", "HEAD~1")
    history.agent("shop.py", before + function("agent_late"))
    history.repo.git("checkout", "--quiet", "-f", "main")


def two_of_one_kind(history: Written) -> None:
    """A person writes the same as the agent but for the name, in the same commit and in a later one."""
    history.agent("more.py", AGENT.replace("agent", "agent_more"))
    history.commit({"alike.py": AGENT.replace("agent", "nobody")})
    history.commit({"again.py": AGENT.replace("agent", "somebody")})


def squashed(history: Written) -> None:
    history.repo.branch("feature").checkout("feature")
    history.agent(
        "shop.py", "from agent_os import agent_path, agent_walk\n" + history.read("shop.py") + function("agent_second")
    )
    history.commit()
    history.commit({"shop.py": history.read("shop.py").replace("len(kept_agent_second)", "edited_len(kept)")})
    history.repo.checkout("main")
    history.commit({"shop.py": "import re\n" + history.read("shop.py")})
    history.repo.git("checkout", "--quiet", "feature", "--", "shop.py")
    history.commit(message="squashed on the host (#1)")
    history.repo.git("branch", "-D", "feature")


CHANGES: list[Callable[[Written], None]] = [
    crlf_in_a_part, tabs, octopus, subtree, odd_names, latin, pointers, no_lines, prettier, moved_and_edited,
    joined_and_split, permuted, rewritten, reverted_twice, late, two_of_one_kind, squashed,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_lines_are_known_again(change: Callable[[Written], None], history: Written) -> None:
    change(history)
    assert wrong(history.path) == []


CLASS = """class {0}:
    def __init__(self, name):
        self.name_{0} = name

    def add_{0}(self, item):
        self.items_{0}.append(item)
        return self


"""
"""Ends as others of its kind do."""


@pytest.mark.parametrize("way", ["comes", "goes"])
def test_git_cuts_off_what_the_ends_have_in_common(way: str, history: Written) -> None:
    """So that a class that is put in below another, or goes, passes for one that begins with the other's last line."""
    agents, persons = CLASS.format("agent"), CLASS.format("person")
    rest = "\n\n# the rest\n"  # as git sees it, after the last line of a class
    rest += "#" * (2 * 1024 - 8 - len(rest)) + "\n"
    rest = rest.removeprefix("\n\n")
    history.agent("two.py", agents)
    history.commit()
    texts = [agents + rest, agents + persons + rest]
    for text in texts if way == "comes" else texts[::-1]:
        history.commit({"two.py": text})
        assert told(history.path)["two.py"] == ["ai"] * 9 + ["human"] * (text.count("\n") - 9)


def test_what_a_person_changed_and_changed_back_is_the_agents(history: Written) -> None:
    accepted = "def limits(agent_items):\n    if n > 3:\n        return agent_items[n:]\n"
    history.agent("more.py", accepted)
    history.commit()
    history.commit({"more.py": accepted.replace("n > 3", "n > 8")})
    assert told(history.path)["more.py"] == ["ai", "ai_edited", "ai"]
    history.commit({"more.py": accepted})
    assert told(history.path)["more.py"] == ["ai", "ai", "ai"]


def test_lines_move_with_those_that_a_person_put_among_them(history: Written) -> None:
    accepted = (
        AGENT.rstrip().replace("    return sum", "    if kept_agent:\n        return sum") + "\n    return None\n"
    )
    history.agent("move.py", accepted)
    history.commit({"move.py": accepted + "\n\n" + PERSON})
    [line] = [line for line in accepted.splitlines() if "return sum" in line]
    changed = accepted.replace(line, "        return statistics.mean(values, weights=None)")
    history.commit({"move.py": changed + "\n\n" + PERSON})
    kinds = told(history.path)["move.py"][:5]
    assert kinds == ["ai", "ai", "ai", "human", "ai"]
    history.commit({"move.py": PERSON + "\n\n" + changed})
    assert told(history.path)["move.py"][-5:] == kinds


def test_a_block_is_known_whose_parts_stand_in_another_order(history: Written) -> None:
    parts = [
        f"class Agent{name}:\n    def __init__(self, {name}):\n        self.agent_{name} = {name}\n\n\n"
        for name in ("first", "second", "third")
    ]
    history.agent("parts.py", "".join(parts))
    history.commit({"parts.py": "".join((parts[2], parts[0], parts[1]))}, "squashed")
    assert set(told(history.path)["parts.py"]) == {"ai"}


@pytest.mark.parametrize("change", [octopus, subtree, rewritten, squashed], ids=lambda change: change.__name__)
def test_another_clone_answers_from_notes_alone(change: Callable[[Written], None], history: Written) -> None:
    change(history)
    history.notes()
    assert wrong(history.clone("clone")) == []
    assert wrong(history.clone("shallow", "--depth=1")) == []


def test_git_ai_and_people_read_what_a_commit_holds(history: Written) -> None:
    head = history.repo.head
    assert labels_of(kit_of(history.path), [head]) == {head: {"shop.py": [("d1/1", 6, 10)]}}


def test_one_line_explained(history: Written) -> None:
    chain = explain(kit_of(history.path), "HEAD", "shop.py", 6)
    assert chain.origin.kind == "ai"
    assert chain.origin.block == "d1/1"
    assert chain.commit.endswith("Ada Example: change")
    with pytest.raises(UsageError, match="has 10 lines"):
        explain(kit_of(history.path), "HEAD", "shop.py", 11)


def test_what_is_forgotten_is_not_found(history: Written) -> None:
    """The evidence of a job goes with it, and what had been found by it: its lines pass for those of the author."""
    history.agent("more.py", OTHER.replace("other", "agent_other"))
    history.commit()
    assert wrong(history.path) == []
    kit = kit_of(history.path)
    journal = kit.books.journal
    journal.forget(next(event.job for event in journal.events() if "d1" in str(event.body)))
    assert told(history.path) == {"shop.py": ["human"] * 10, "more.py": ["ai"] * 5}


def test_lives_of_lines(history: Written) -> None:
    """Three lines of the agent land; one is edited, one rewritten; a person's come and go."""
    edited = AGENT.replace("for price in prices_agent", "for edited in edited_prices")
    history.commit({"shop.py": PERSON + edited})
    history.commit({"shop.py": PERSON})
    book = line_book(kit_of(history.path))
    rows = {(one.kind, bool(one.landed_at), bool(one.edited_at), one.end): one.lines for one in book.lives}
    assert rows == {
        ("human", True, False, ""): 3,
        ("ai", True, False, "deleted"): 2,
        ("ai", True, True, "deleted"): 1,
    }
    assert book.commit == history.repo.head
    assert book.adopted_at == "2023-11-14T00:00:00+00:00"


def test_a_revision_or_a_path_that_is_not_there(history: Written) -> None:
    with pytest.raises(UsageError, match="there is no commit nowhere"):
        list(blame(kit_of(history.path), "nowhere"))
    with pytest.raises(UsageError, match="there is no file gone"):
        list(blame(kit_of(history.path), "HEAD", ["gone.py"]))
