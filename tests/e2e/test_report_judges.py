"""Reports against what nobody here wrote: Microsoft's judge of SARIF, a judge of reviewdog's format, its own schema."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import report_judges
from hypothesis import given, settings
from jsonschema import Draft4Validator
from made_reviews import BY_HAND, reviews, told
from program import Program, script
from report_judges import Fault, Multitool, RdFormat

from swe_agent.review.findings import Told
from swe_agent.review.reports import rd_rows, rdjson, sarif
from swe_agent.testing.repository import RepoBuilder

SCHEMAS = "REVIEWDOG_SCHEMAS"
"""Names a folder with reviewdog's `proto/rdf/jsonschema`, which no package carries."""
LATIN = "caf\udce9.py"
FORMATS = ("sarif", "rdjson", "rdjsonl")

ALLOWED = {
    "SARIF2002": "messages are sentences about one place: there are no templates to put arguments into",
    "SARIF2003": "a review knows commits, and no address of a repository",
    "SARIF2009": "rules are named by who says it and what, as `ruff/F401`",
    "SARIF2010": "code stays out of reports: there may be secrets in it",
    "SARIF2011": "as SARIF2010",
    "SARIF2012": "rules have no pages and no second name; of an empty review there are none",
}
"""Notes, which are advice, and why each is not followed."""


@pytest.fixture(scope="module")
def multitool(tmp_path_factory: pytest.TempPathFactory) -> Multitool:
    return report_judges.multitool(tmp_path_factory)


@pytest.fixture(scope="module")
def rdformat(tmp_path_factory: pytest.TempPathFactory) -> RdFormat:
    return report_judges.rdformat(tmp_path_factory)


def disallowed(faults: Sequence[Fault]) -> list[Fault]:
    return [one for one in faults if one.level != "note" or one.rule not in ALLOWED]


def made() -> Mapping[str, Sequence[Told]]:
    """Those made by hand, and some that Hypothesis thinks of."""
    found = []

    @settings(max_examples=40, database=None)
    @given(reviews)
    def think(one: Sequence[Told]) -> None:
        found.append(one)

    think()
    return {**BY_HAND, **{f"made {number}": one for number, one in enumerate(found)}}


# ---- a repository


FOUND = {
    "path": "shop/cart.py", "line": 1, "quote": "def total(prices):\n    return sum(prices) + shipping",
    "severity": "high", "category": "correctness", "message": "`shipping` is\x07 not *made*, see [it](x.py)\x1b[31m.",
    "confidence": 0.9, "suggestion": "def total(prices):\n    return sum(prices)",
}  # fmt: skip
NOWHERE = {**FOUND, "quote": "while True: wait(prices)", "message": "It waits for ever.", "category": "performance"}
STANDS = {"number": 1, "stands": True, "scenario": f"```py\ntotal([1])\n```\n{'It goes on. ' * 300}", "confidence": 0.9}
MODEL = [[FOUND, NOWHERE], [], [], [STANDS, {**STANDS, "number": 2}]]
"""Three passes, and what the verifier says."""


def shop(where: Path) -> RepoBuilder:
    """Commits after the first: one has nothing to find, one changes code alone, one has every kind of finding."""
    repo = RepoBuilder(where)
    cart = "def total(prices):\n    return sum(prices)\n\n\ndef count(prices):\n    return len(prices)\n"
    lock = '{"name": "web", "lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "%s"}}}\n'
    check = "from shop.cart import count, total\n\n\ndef test_total():\n    assert total([1]) == 1\n"
    lost = "\n\ndef test_count():\n    assert count([1]) == 1\n"
    repo.commit("first", {
        "shop/cart.py": cart, "main.py": "from shop.cart import count\n\nprint(count([]))\n",
        "tests/test_cart.py": check + lost, "web/package.json": '{"dependencies": {"a": "1"}}\n',
        "web/package-lock.json": lock % "1.0.0",
    })  # fmt: skip
    repo.commit("nothing", {"notes.txt": "It is a shop.\n"})
    repo.commit("code", {"main.py": "from shop.cart import count\n\n\ndef main():\n    return count([])\n\n\nmain()\n"})
    repo.commit("all", {
        "shop/cart.py": "def total(prices):\n    return sum(prices) + shipping\n", "tests/test_cart.py": check,
        "web/package-lock.json": lock % "1.0.1", "a b/ü #1 100%41 [x]?.py": "breakpoint()\n", LATIN: "breakpoint()\n",
        "latin.py": b'x = "\xe9"\n',
    })  # fmt: skip
    return repo


def reviewed(tmp_path: Path) -> Mapping[str, Mapping[str, str]]:
    """Texts by the name of a review and by format."""
    program = Program(shop(tmp_path / "shop").path)
    model = script(tmp_path / "s.json", [{"content": json.dumps(rows)} for rows in MODEL])
    asked = {
        "signals": ("HEAD~1..HEAD", "--checks", "signals"),
        "code": ("HEAD~2..HEAD~1", "--checks", "signals"),
        "model": ("HEAD~1..HEAD", "--checks", "model", "--model", model),
        "nothing": ("HEAD~3..HEAD~2", "--checks", "signals"),
    }
    texts = {}
    for name, words in asked.items():
        files = {format: tmp_path / f"{name}.{format}" for format in FORMATS}
        ran = program.run("review", *words, *(f"-o{format}={file}" for format, file in files.items()))
        assert ran.code == 0, ran.stderr
        texts[name] = {format: file.read_text("utf-8") for format, file in files.items()}
    return texts


PLACED = {
    "signals": [
        ("syntax-error", "latin.py", 1, 1),
        ("leftover", "a%20b/%C3%BC%20%231%20100%2541%20%5Bx%5D%3F.py", 1, 1),
        ("leftover", "caf%E9.py", 1, 1),
        ("dependency/lock-alone", "web/package-lock.json", 1, 1),
    ],
    "code": [],
    "model": [("model/correctness", "shop/cart.py", 1, 2)],
    "nothing": [],
}
TOLD_OF = {
    "signals": ["shop/cart.py: The function `count` is gone", "tests/test_cart.py: "],
    "code": ["Code changes here that no test names"],
    "model": ["shop/cart.py: It waits for ever."],
    "nothing": [],
}


def test_sarif_of_a_repository(multitool: Multitool, tmp_path: Path) -> None:
    logs = {name: json.loads(formats["sarif"]) for name, formats in reviewed(tmp_path).items()}
    (tmp_path / "judged").mkdir()
    assert disallowed(multitool.faults(tmp_path / "judged", logs)) == []
    for name, log in logs.items():
        [run] = log["runs"]
        places = [(one["ruleId"], one["locations"][0]["physicalLocation"]) for one in run["results"]]
        assert [
            (rule, at["artifactLocation"]["uri"], at["region"]["startLine"], at["region"]["endLine"])
            for rule, at in places
        ] == PLACED[name]
        notes = [
            note["message"]["text"] for one in run.get("invocations", ()) for note in one["toolExecutionNotifications"]
        ]
        assert len(notes) == len(TOLD_OF[name])
        assert all(note.startswith(start) for note, start in zip(notes, TOLD_OF[name], strict=True))


def test_rdjson_of_a_repository(rdformat: RdFormat, tmp_path: Path) -> None:
    texts = reviewed(tmp_path)
    results = {name: json.loads(formats["rdjson"]) for name, formats in texts.items()}
    rows = {name: [json.loads(line) for line in formats["rdjsonl"].splitlines()] for name, formats in texts.items()}
    assert {name: result["diagnostics"] for name, result in results.items()} == rows
    assert {name: len(found) for name, found in rows.items()} == {"signals": 6, "code": 0, "model": 2, "nothing": 0}
    values = [*results.values(), *(row for found in rows.values() for row in found)]
    assert rdformat.faults(values) == [[]] * len(values)


# ---- reviews that are made


def test_sarif_of_every_kind(multitool: Multitool, tmp_path: Path) -> None:
    """Each is a run of one of a few logs, which may have twenty."""
    head, *_ = logs = [sarif(found, version="1.2.3") for found in made().values()]
    runs = [run for log in logs for run in log["runs"]]
    few = {f"from {at}": {**head, "runs": runs[at : at + 20]} for at in range(0, len(runs), 20)}
    assert disallowed(multitool.faults(tmp_path, few)) == []


def test_rdjson_of_every_kind(rdformat: RdFormat) -> None:
    found = made().values()
    values = [*map(rdjson, found), *(row for one in found for row in rd_rows(one))]
    assert rdformat.faults(values) == [[]] * len(values)


# ---- the judges see what is wrong


def spoilt(*way: str | int, put: object = None) -> dict[str, Any]:
    """A log with something else at the end of this way, or nothing."""
    log = inner = json.loads(json.dumps(sarif([told()], version="1.2.3")))
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = put
    if put is None:
        del inner[way[-1]]
    assert isinstance(log, dict)
    return log


RULE, RESULT = ("runs", 0, "tool", "driver", "rules", 0), ("runs", 0, "results", 0)
PLACE = (*RESULT, "locations", 0, "physicalLocation")


@pytest.mark.parametrize(
    "log",
    [
        spoilt("version"), spoilt("runs", 0, "tool"), spoilt(*RESULT, "message"), spoilt(*RESULT, "level", put="high"),
        spoilt(*PLACE, "region", "startLine", put=0), spoilt(*PLACE, "artifactLocation", "path", put="a.py"),
        spoilt(*RULE, "id"), spoilt(*RESULT, "rank", put=101),
    ],
)  # fmt: skip
def test_the_schema_of_sarif_sees_what_is_wrong(multitool: Multitool, log: dict[str, Any]) -> None:
    assert multitool.against_schema(log) != []


SPOILT = {
    "lines back": ("SARIF1007", spoilt(*PLACE, "region", "endLine", put=2)),
    "no address": ("SARIF1002", spoilt(*PLACE, "artifactLocation", "uri", put="a b/100%.py")),
    "address of the machine": ("SARIF1004", spoilt(*PLACE, "artifactLocation", "uri", put="/a.py")),
    "no lines": ("SARIF2017", spoilt(*PLACE, "region")),
    "no place": ("GH1017", spoilt(*RESULT, "locations", put=[])),
    "nothing said": ("GH1015", spoilt(*RESULT, "message", "text", put="")),
    "no such rule": ("SARIF1009", spoilt(*RESULT, "ruleIndex", put=7)),
    "no rules": ("GH1018", spoilt("runs", 0, "tool", "driver", "rules")),
    "no help": ("GH2012", spoilt(*RULE, "help")),
    "too many runs": ("GH1013", {**sarif([], version="1.2.3"), "runs": 21 * sarif([], version="1.2.3")["runs"]}),
    "no schema": ("GH1013", spoilt("$schema")),
    "x no level": ("unread", spoilt(*RESULT, "level", put="high")),
    "y after it": ("unread", sarif([told()], version="1.2.3")),
}


def test_the_judge_of_sarif_sees_what_is_wrong(multitool: Multitool, tmp_path: Path) -> None:
    bad = disallowed(multitool.faults(tmp_path, {name: log for name, (_, log) in SPOILT.items()}))
    seen = {name: {one.rule for one in bad if one.report == name} for name in SPOILT}
    assert [name for name, (rule, _) in SPOILT.items() if rule not in seen[name]] == [], seen


def test_the_judge_of_rdjson_sees_what_is_wrong(rdformat: RdFormat) -> None:
    [row] = rd_rows([told(suggestion="x")])
    wrong = [
        {**row, "severity": "HIGH"}, {**row, "location": {}}, {**row, "line": 3}, {**row, "message": ""},
        {**row, "location": {"path": "a", "range": {"start": {"line": 0}}}}, {**row, "suggestions": [{"text": "x"}]},
        {"diagnostics": [{**row, "code": "F401"}]}, {"findings": [row]},
    ]  # fmt: skip
    right, *found = rdformat.faults([row, *wrong])
    assert right == []
    assert all(found)


# ---- reviewdog's own schema


def own_schema(name: str) -> Draft4Validator:
    folder = os.environ.get(SCHEMAS)
    if not folder:
        pytest.skip(f"{SCHEMAS} names no folder with reviewdog's proto/rdf/jsonschema")
    return Draft4Validator(json.loads((Path(folder) / f"{name}.json").read_text("utf-8")))


def test_reviewdogs_own_schema() -> None:
    result, diagnostic = own_schema("DiagnosticResult"), own_schema("Diagnostic")
    for name, found in made().items():
        assert list(result.iter_errors(rdjson(found))) == [], name
        for row in rd_rows(found):
            assert list(diagnostic.iter_errors(row)) == [], name
    [row] = rd_rows([told()])
    assert not diagnostic.is_valid({**row, "severity": "HIGH"})
    assert not result.is_valid({"diagnostics": [{**row, "location": {"path": 1}}]})


def test_reviewdogs_own_schema_of_a_repository(tmp_path: Path) -> None:
    result, diagnostic = own_schema("DiagnosticResult"), own_schema("Diagnostic")
    for formats in reviewed(tmp_path).values():
        assert list(result.iter_errors(json.loads(formats["rdjson"]))) == []
        for line in formats["rdjsonl"].splitlines():
            assert list(diagnostic.iter_errors(json.loads(line))) == []
