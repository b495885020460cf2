from __future__ import annotations

from pathlib import Path

from program import Program

from cli.shown import answer


def test_it_names_what_it_looked_at(fresh: Program) -> None:
    ran = fresh.run("doctor", "--json")
    checks = {check["name"]: check for check in ran.object["checks"]}
    assert {"swe-agent", "git", "sandbox", "platform", "repository", "kept in", "model", "grammars"} <= checks.keys()
    assert ran.code == (3 if any(check["state"] == "missing" for check in checks.values()) else 0)
    assert all(check["fix"] for check in checks.values() if check["state"] == "missing")
    assert checks["repository"]["said"].startswith(f"{fresh.cwd} (main, ")
    assert checks["model"]["state"] in ("note", "ok")  # a developer's own local server may be found


def test_broken_settings_are_missing_with_a_way_out(fresh: Program) -> None:
    (fresh.cwd / ".swe-agent.toml").write_text("model = [")
    checks = {check["name"]: check for check in answer(fresh, "doctor", code=3)["checks"]}
    assert (checks["settings"]["state"], checks["settings"]["fix"]) == ("missing", "correct the file, or move it away")


def test_outside_of_a_repository_it_still_answers(tmp_path: Path) -> None:
    (tmp_path / "bare words").mkdir()
    checks = {
        check["name"]: check for check in Program(tmp_path / "bare words").run("doctor", "--json").object["checks"]
    }
    assert checks["repository"]["said"].endswith("is not in a git repository")
    assert "git init" in checks["repository"]["fix"]


def test_containers_that_the_settings_ask_for_are_what_is_tried(fresh: Program) -> None:
    (fresh.cwd / ".git/swe-agent").mkdir(exist_ok=True)
    (fresh.cwd / ".git/swe-agent/config.toml").write_text('[sandbox]\nimage = "nobody/has-this"\n')
    checks = {check["name"]: check for check in answer(fresh, "doctor", code=3)["checks"]}
    assert checks["sandbox"]["state"] == "missing"
    assert checks["sandbox"]["said"].startswith("isolated: containers of `nobody/has-this` do not work: ")
    ran = fresh.run("run", "fix: totals", "--engine", "repair")
    assert ran.code == 3
    assert "container: " in ran.stderr
