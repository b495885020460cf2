"""A small project of JavaScript through the whole program: traced, repaired and verified without a model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from program import TIER, Program

from swe_agent.testing.repository import RepoBuilder, tree_digest

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

SHOP = {
    "package.json": '{"name": "shop", "version": "1.0.0", "scripts": {"test": "node --test"}}\n',
    "lib/cart.js": "exports.total = items => {\n  let sum = 0\n  for (const item of items) {\n    sum -= item.price\n"
    "  }\n  return sum\n}\n\nexports.count = items => items.length\n",
    "test/cart.test.js": "const test = require('node:test')\nconst assert = require('node:assert')\n"
    "const { total, count } = require('../lib/cart')\n\n"
    "test('empty', () => assert.equal(count([]), 0))\n"
    "test('two # items', () => assert.equal(total([{ price: 1 }, { price: 2 }]), 3))\n",
}


def shop(path: Path) -> RepoBuilder:
    repo = RepoBuilder(path)
    repo.commit("a shop", SHOP)
    return repo


@pytest.mark.parametrize("command", [("--test", "node --test"), ()])
def test_a_failing_test_is_repaired(tmp_path: Path, command: tuple[str, ...]) -> None:
    repo = shop(tmp_path / "shop")
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    ran = Program(repo.path).run(
        "run", "make the tests pass", "--engine", "repair", *command, "--sandbox", TIER, "--json"
    )
    assert ran.code == 0, ran.stderr
    proposal = ran.of("ProposalReady")[0]["proposal"]
    assert [change["path"] for change in proposal["changes"]] == ["lib/cart.js"]
    assert proposal["verdict"]["states"] == {"two # items": "fixed", "empty": "kept"}
    assert "sum += item.price" in str(proposal)
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before


def test_failing_tests_lead_to_the_function(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    ran = Program(repo.path).run(
        "localise", "make the tests pass", "--test", "node --test", "--sandbox", TIER, "--json"
    )
    assert ran.code == 0, ran.stderr
    led = ran.object["led"]
    assert led["tests"] == ["two # items"]
    (suspect,) = led["suspects"]
    assert (suspect["path"], suspect["span"]["start"], suspect["span"]["end"]) == ("lib/cart.js", 1, 7)


def test_tests_that_cannot_be_traced_are_said_to_be_so(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    repo.commit("another runner", {
        "node_modules/jest/bin/jest.js": "console.log('  ✓ one\\n  ✕ two'); process.exitCode = 1\n",
    })  # fmt: skip
    ran = Program(repo.path).run(
        "run", "fix it", "--engine", "repair", "--test", "node node_modules/jest/bin/jest.js", "--sandbox", TIER
    )
    assert ran.code != 0
    assert "cannot trace these tests: tests of jest are not traced, only those of `node --test` and mocha" in ran.stderr
    assert "of JavaScript projects it works on those that are tested by `node --test` or mocha" in ran.stderr
