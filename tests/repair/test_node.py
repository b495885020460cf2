"""What is recorded of tests of JavaScript and what trials of them say, by real processes of node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from swe_agent.repair.candidate import Trial
from swe_agent.repair.languages import JAVASCRIPT, PYTHON, language_of_tests
from swe_agent.repair.localise import localise
from swe_agent.repair.probe import ProbeError, probe_directory
from swe_agent.repair.spectrum import Frame, Spectrum

from .scripts import ScriptProject, needs_node, script_project

pytestmark = needs_node
PROBE = probe_directory() / "node"
CART = """'use strict'

function total (items) {
  if (!items.length) {
    return 0
  }
  let sum = 0
  for (const item of items) {
    // what it costs
    sum += item.price
  }
  return sum
}

const later = async (x = 1) => {
  await null
  return x
}

module.exports = { total, later }
"""
SHOP = {
    "package.json": '{"name": "shop", "version": "1.0.0", "scripts": {"test": "node --test"}}',
    "lib/cart.js": CART,
    "lib/names.mjs": "export const upper = text => {\n  return text.toUpperCase()\n}\n",
    "test/cart.test.js": """const test = require('node:test')
const assert = require('node:assert')
const { total, later } = require('../lib/cart')

test('empty', () => assert.strictEqual(total([]), 0))
test('two # items', () => assert.strictEqual(total([{ price: 1 }, { price: 2 }]), 4))
test('outer', async t => {
  await t.test('inner', async () => assert.strictEqual(await later(), 1))
  await t.test('skipped', { skip: true }, () => {})
})
test.describe('a suite', () => {
  test.it('of nothing', () => { total(null) })
})
test('same name', () => {})
test('same name', () => assert.fail('this one'))
""",
    "test/names.test.mjs": """import test from 'node:test'
import assert from 'node:assert'
import { upper } from '../lib/names.mjs'
import { total } from '../lib/cart.js'

test('upper', () => assert.strictEqual(upper('a'), 'A'))
test('sum', () => assert.strictEqual(total([{ price: 3 }]), 3))
""",
    "test/broken.test.js": "require('../lib/nothing')\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ScriptProject:
    return script_project(tmp_path_factory.mktemp("shop"), SHOP)


@pytest.fixture(scope="module")
def spectrum(shop: ScriptProject) -> Spectrum:
    return shop.recorded("npm", "test")


def test_outcomes_by_the_names_that_node_prints(spectrum: Spectrum) -> None:
    outcomes = {case.id: case.outcome for case in spectrum.cases}
    (broken,) = [name for name in outcomes if name.endswith("test/broken.test.js")]
    assert outcomes == {
        "empty": "passed",
        "two # items": "failed",
        "outer": "passed",
        "inner": "passed",
        "skipped": "skipped",
        "of nothing": "failed",
        "same name": "failed",
        "upper": "passed",
        "sum": "passed",
        broken: "failed",
    }
    assert set(spectrum.failing) == {broken, "of nothing", "same name", "two # items"}


def test_lines_of_each_test(spectrum: Spectrum) -> None:
    lines = {case.id: {p: at for p, at in case.lines.items() if not p.startswith("test/")} for case in spectrum.cases}
    assert lines["empty"] == {"lib/cart.js": frozenset((3, 4, 5))}
    assert lines["two # items"] == {"lib/cart.js": frozenset((3, 4, 7, 8, 10, 12))}
    assert lines["inner"] == lines["outer"] == {"lib/cart.js": frozenset((15, 16, 17))}
    assert lines["upper"] == {"lib/names.mjs": frozenset((1, 2))}


def test_frames_of_what_was_thrown(spectrum: Spectrum) -> None:
    (case,) = [case for case in spectrum.cases if case.id == "of nothing"]
    assert case.exception == "TypeError"
    assert "length" in case.message
    assert [(frame.path, frame.line) for frame in case.frames] == [("test/cart.test.js", 12), ("lib/cart.js", 4)]
    assert case.frames[-1] == Frame(path="lib/cart.js", line=4, function="total")
    assert localise(spectrum, ["of nothing"])[0].path == "lib/cart.js"


def test_each_process_is_told_with_what_it_takes_to_start_it_again(spectrum: Spectrum, shop: ScriptProject) -> None:
    starts = [json.loads(start)["launch"] for start in spectrum.start.arguments]
    root = shop.root.resolve()
    assert {start["arguments"][0] for start in starts} == {str(root / name) for name in SHOP if name[:5] == "test/"}
    assert {(start["runner"], start["folder"]) for start in starts} == {("node", "")}


# ---- from ranges to lines


def lines_run(source: str) -> list[int]:
    """Of a script that V8 counts while it calls `f`."""
    script = f"""
const vm = require('vm'), inspector = require('inspector')
const {{ codeOf, linesRun }} = require({json.dumps(str(PROBE / "lines.cjs"))})
const source = {json.dumps(source)}
const session = new inspector.Session()
session.connect()
const post = (name, parameters) => {{ let got; session.post(name, parameters, (e, r) => {{ got = r }}); return got }}
post('Profiler.enable')
post('Profiler.startPreciseCoverage', {{ callCount: true, detailed: true }})
vm.runInThisContext(source, 'counted.js')
post('Profiler.takePreciseCoverage')
f()
const told = post('Profiler.takePreciseCoverage').result.find(one => one.url === 'counted.js')
console.log(JSON.stringify(linesRun(codeOf(source), told.functions)))
"""
    done = subprocess.run(["node", "-e", script], capture_output=True, check=True, timeout=60)
    found: list[int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("var f = () => {\n  if (1) {\n    g()\n  } else {\n    h()\n  }\n}\nvar g = () => 1\n", [2, 3, 8]),
        # Offsets are UTF-16 units: a pair counts as two, as an umlaut does as one.
        ("var s = '😀😀😀 ü'; function f () {\n  if (!s) {\n    s = '😀'\n  }\n  return s\n}\n", [1, 2, 5]),
        ("function f () {\r\n  if (0) {\r\n    return 1\r\n  }\r\n  return 2\r\n}\r\n", [1, 2, 5]),
        # Lines of words and of brackets alone are none, and a string is no comment.
        ("function f () {\n  // words\n  /* more\n     words */\n  return 'http://x'\n}\n", [1, 5]),
        ("function f () {\n  return 1\n  g()\n}\n", [1, 2]),
        ("function f () { return [1, 2].map(x => {\n  return x\n}).filter(() => {\n  return 0\n}) }\n", [1, 2, 3, 4]),
    ],
)
def test_lines_of_ranges(source: str, lines: list[int]) -> None:
    assert lines_run(source) == lines


def test_a_loader_that_leaves_a_map(tmp_path: Path) -> None:
    """What runs has a line more at its head than the file, and says so in its map."""
    here = script_project(
        tmp_path,
        {
            "loader.js": """const Module = require('module'), fs = require('fs')
const vlq = lines => ';' + lines.map((_, at) => at ? 'AACA' : 'AAAA').join(';')
Module._extensions['.up'] = (module, name) => {
  const text = fs.readFileSync(name, 'utf8')
  const map = { version: 3, sources: [name], names: [], mappings: vlq(text.split('\\n')) }
  const tail = '//# sourceMappingURL=data:application/json;base64,'
  module._compile('/* head */\\n' + text + tail + Buffer.from(JSON.stringify(map)).toString('base64'), name)
}
""",
            "a.up": "exports.f = x => {\n  if (x) {\n    return 1\n  }\n  return 2\n}\n",
            "a.test.js": "require('./loader')\nrequire('node:test')('f', () => require('./a.up').f(0))\n",
        },
    )
    (case,) = here.recorded().cases
    assert case.lines["a.up"] == frozenset((1, 2, 5))


def test_what_was_made_without_a_map_is_told_as_untraced(tmp_path: Path) -> None:
    here = script_project(
        tmp_path,
        {
            "a.up": "exports.f = x => X\n",
            "a.test.js": "require.extensions['.up'] = (module, name) => module._compile('exports.f = x => 1', name)\n"
            "require('node:test')('f', () => require('./a.up').f(0))\n",
        },
    )
    with pytest.raises(ProbeError, match=r"what runs was made from a\.up and other files without an inline source map"):
        here.recorded()


# ---- trials


def edited(old: str, new: str, text: str = CART) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


WRONG = edited("sum += item.price", "sum -= item.price")
TESTS = {name: SHOP[name] for name in ("package.json", "test/names.test.mjs", "lib/names.mjs")} | {
    "test/cart.test.js": SHOP["test/cart.test.js"].replace(", 4)", ", 3)").replace("assert.fail('this one')", "1"),
}


def test_a_trial_tells_of_the_edited_text_and_writes_nothing(tmp_path: Path) -> None:
    here = script_project(tmp_path, TESTS | {"lib/cart.js": WRONG})
    recorded, before = here.recorded(), here.sources()
    assert recorded.failing == ("of nothing", "sum", "two # items")
    patches = [
        {"lib/cart.js": CART},
        {"lib/cart.js": WRONG.replace("sum -= ", "sum *= ")},
        {"lib/cart.js": WRONG.replace("sum -= item.price", "for (;;);")},
        {"lib/cart.js": "syntax error ("},
        {"lib/cart.js": WRONG.replace("sum -= item.price", "process.exit()")},
        {"lib/cart.js": CART, "lib/names.mjs": SHOP["lib/names.mjs"].replace("Upper", "Lower")},
    ]
    some = here.trials(recorded, patches, ["sum", "two # items"])
    assert [trial.passed & {"sum", "two # items"} for trial in some] == [
        {"sum", "two # items"}, set(), set(), set(), set(), {"sum", "two # items"},
    ]  # fmt: skip
    assert not some[2].ended
    whole = here.trials(recorded, [patches[0], patches[5]], [])
    tests = {"empty", "two # items", "outer", "inner", "same name", "upper", "sum"}
    assert [trial.passed & (tests | {"of nothing"}) for trial in whole] == [tests, tests - {"upper"}]
    assert here.sources() == before


def test_modules_of_es_are_tried_too(tmp_path: Path) -> None:
    wrong = "export const twice = n => {\n  return n + 2\n}\n"
    here = script_project(
        tmp_path,
        {
            "package.json": '{"type": "module"}',
            "twice.js": wrong,
            "twice.test.js": "import { test } from 'node:test'\nimport assert from 'node:assert'\n"
            "import { twice } from './twice.js'\ntest('three', () => assert.equal(twice(3), 6))\n"
            "test('two', () => assert.equal(twice(2), 4))\n",
        },
    )
    recorded = here.recorded()
    patches = [{"twice.js": wrong.replace("n + 2", text)} for text in ("n - 2", "n * 2", "n * 3", "2 * n")]
    trials = here.trials(recorded, patches, ["three"])
    assert ["three" in trial.passed for trial in trials] == [False, True, False, True]
    result = here.repaired(recorded)
    assert result.patch == {"twice.js": wrong.replace("n + 2", "n * 2")}


def test_loaders_that_come_after_ours_read_the_edited_text(tmp_path: Path) -> None:
    """As one for types does: it is named by `--import`, hooks node's loader and compiles what it gets from it."""
    wrong = "export const twice = n => n PLUS n PLUS 1\n"
    hooks = (
        "export async function load (url, context, next) {\n  const result = await next(url, context)\n"
        "  return result.source == null || result.format !== 'module' ? result\n"
        "    : { ...result, source: String(result.source).replaceAll('PLUS', '+   ') }\n}\n"
    )
    here = script_project(
        tmp_path,
        {
            "package.json": '{"type": "module"}',
            "register.js": "import { register } from 'node:module'\nregister('./hooks.js', import.meta.url)\n",
            "hooks.js": hooks,
            "twice.js": wrong,
            "twice.test.js": "import test from 'node:test'\nimport { equal } from 'node:assert'\n"
            "import { twice } from './twice.js'\ntest('two', () => equal(twice(2), 4))\n",
        },
    )
    recorded = here.recorded("node", "--import", "./register.js", "--test")
    assert [(case.outcome, case.lines["twice.js"]) for case in recorded.cases] == [("failed", frozenset((1,)))]
    patches = [{"twice.js": wrong.replace("1", number)} for number in ("2", "0")]
    assert ["two" in trial.passed for trial in here.trials(recorded, patches, ["two"])] == [False, True]


def test_what_no_loader_lets_in_is_tried_in_a_copy_of_the_tree(tmp_path: Path) -> None:
    """The project compiles what it read by descriptor."""
    wrong = "exports.f = () => 1\n"
    here = script_project(
        tmp_path,
        {
            "load.js": "const fs = require('fs')\nmodule.exports = name => {\n  const file = fs.openSync(name)\n"
            "  const data = Buffer.alloc(fs.fstatSync(file).size)\n  fs.readSync(file, data)\n"
            "  const module = { exports: {} }\n"
            "  require('vm').runInThisContext(`(function (exports) {${data}})`, name)(module.exports)\n"
            "  return module.exports\n}\n",
            "f.js": wrong,
            "f.test.js": "const { f } = require('./load')(require('path').join(__dirname, 'f.js'))\n"
            "require('node:test')('f', () => require('assert').equal(f(), 2))\n",
        },
    )
    recorded = here.recorded()
    (case,) = recorded.cases
    assert (case.outcome, case.lines["f.js"]) == ("failed", frozenset((1,)))
    trials = here.trials(recorded, [{"f.js": wrong.replace("1", "3")}, {"f.js": wrong.replace("1", "2")}], ["f"])
    assert ["f" in trial.passed for trial in trials] == [False, True]
    assert (here.root / "f.js").read_text() == wrong


def test_tests_that_spoil_each_other_have_a_process_each(tmp_path: Path) -> None:
    """A second load in one process would fail, whatever the edit."""
    wrong = "if (globalThis.once) throw new Error('twice')\nglobalThis.once = true\nexports.f = () => 1\n"
    here = script_project(
        tmp_path,
        {
            "f.js": wrong,
            "f.test.js": "const { f } = require('./f')\nconst test = require('node:test')\n"
            "test('f', () => require('assert').equal(f(), 2))\ntest('g', () => f())\n",
        },
    )
    trials = here.trials(here.recorded(), [{"f.js": wrong.replace("=> 1", f"=> {n}")} for n in (3, 2)], ["f"])
    assert ["f" in trial.passed for trial in trials] == [False, True]


def test_a_small_project_is_repaired(tmp_path: Path) -> None:
    here = script_project(tmp_path, TESTS | {"lib/cart.js": WRONG})
    result = here.repaired(here.recorded("npm", "test"))
    assert [fix.edit.kind for fix in result.fixes][:1] == ["arithmetic"]
    assert "sum += item.price" in result.patch["lib/cart.js"]
    assert result.unfixed == ()


# ---- mocha, and what is not traced

RUNNER = """const { EventEmitter } = require('events')
module.exports = class Runner extends EventEmitter {
  constructor (suite) { super(); this.suite = suite }
  run (done) {
    setImmediate(() => {
      for (const test of this.suite.tests) {
        this.emit('test', test)
        try { test.fn(); this.emit('pass', test) } catch (error) { this.emit('fail', test, error) }
        this.emit('test end', test)
      }
      this.emit('end')
      done()
    })
    return this
  }
}
"""
MOCHA = """const Runner = require('./runner')
module.exports = class Mocha {
  constructor (options = {}) { this.options = options; this.files = []; this.begin() }
  begin () { this.suite = { tests: [], suites: [], bail: () => {} } }
  lazyLoadFiles () {}
  dispose () {}
  loadFiles () {
    global.it = (title, fn) => this.suite.tests.push({ title, fn })
    for (const file of this.files) require(file)
  }
  run (done) { return new Runner(this.suite).run(done) }
}
"""


def test_mocha_by_the_events_of_its_runner(tmp_path: Path) -> None:
    """A stand-in with mocha's files, classes and events."""
    here = script_project(
        tmp_path,
        {
            "node_modules/mocha/lib/runner.js": RUNNER,
            "node_modules/mocha/lib/mocha.js": MOCHA,
            "node_modules/mocha/bin/mocha.js": "const Mocha = require('../lib/mocha')\nconst mocha = new Mocha()\n"
            "mocha.files = [require('path').resolve('cart.spec.js')]\nmocha.loadFiles()\nmocha.run(() => {})\n",
            "lib/cart.js": WRONG,
            "cart.spec.js": "const { total } = require('./lib/cart')\nconst { equal } = require('assert')\n"
            "it('none', () => equal(total([]), 0))\nit('one', () => equal(total([{ price: 2 }]), 2))\n",
        },
    )
    recorded = here.recorded("node", "node_modules/mocha/bin/mocha.js")
    assert [(case.id, case.outcome) for case in recorded.cases] == [("none", "passed"), ("one", "failed")]
    assert recorded.cases[0].lines["lib/cart.js"] == frozenset((3, 4, 5))
    assert here.repaired(recorded).patch == {"lib/cart.js": CART}


def test_other_runners_are_named(tmp_path: Path) -> None:
    here = script_project(tmp_path, {"node_modules/jest/bin/jest.js": "console.log('✓ one')\n"})
    with pytest.raises(ProbeError, match="tests of jest are not traced, only those of `node --test` and mocha"):
        here.recorded("node", "node_modules/jest/bin/jest.js")
    with pytest.raises(ProbeError, match="no file of tests of `node --test` or mocha was run"):
        here.recorded("node", "-e", "1")
    with pytest.raises(ProbeError, match="no process of node told what it ran"):
        here.recorded("true")


@pytest.mark.parametrize(
    ("argv", "parsed_by", "language"),
    [
        (("npm", "test"), "tap", JAVASCRIPT),
        (("npm", "test"), "pytest", PYTHON),
        (("make", "test"), "mocha", JAVASCRIPT),
        (("sh", "-c", "cd web && npx mocha"), "", JAVASCRIPT),
        (("python", "-m", "pytest"), "", PYTHON),
        (("make", "test"), "", PYTHON),
    ],
)
def test_whose_tests_a_command_runs(argv: tuple[str, ...], parsed_by: str, language: object) -> None:
    assert language_of_tests(argv, parsed_by) is language


def test_trials_that_were_not_told_of_speak_for_nothing() -> None:
    assert JAVASCRIPT.trials(b"", 2) == (Trial(outcomes={}, ended=False),) * 2
