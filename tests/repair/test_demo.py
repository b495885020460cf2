"""The demo's project: recorded, repaired and confirmed with real test runs, as a person would have repaired it."""

from __future__ import annotations

import shutil
from pathlib import Path

from swe_agent.repair.localise import localise

from .projects import Project

ORDERS = Path(__file__).parents[2] / "examples" / "orders"
FIXES = {
    "orders/cart.py": (
        "        return money(self.subtotal() / pieces)",
        "        if not pieces:\n            return ZERO\n        return money(self.subtotal() / pieces)",
    ),
    "orders/discounts.py": ("subtotal <= self.minimum", "subtotal >= self.minimum"),
    "orders/invoice.py": ("percentage(self.subtotal, self.discount)", "percentage(self.discount, self.subtotal)"),
    "orders/report.py": ("range((last - first).days)", "range((last - first).days + 1)"),
    "orders/tax.py": ("RATES[seller]", "RATES[buyer]"),
}


def test_all_five_faults_of_the_demo(tmp_path: Path) -> None:
    shutil.copytree(ORDERS, tmp_path / "orders", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    project = Project(root=tmp_path / "orders")
    before = project.sources()
    spectrum = project.recorded()
    assert (len(spectrum.cases), len(spectrum.failing), spectrum.truncated) == (45, 9, False)
    # Each fault is on one of the most suspicious lines.
    suspects = {(s.path, before[s.path].splitlines()[s.span.start - 1].strip()) for s in localise(spectrum)[:40]}
    for path, (wrong, _) in FIXES.items():
        assert any(at == path and wrong.strip() in line for at, line in suspects)

    result = project.repaired(spectrum)

    assert result.patch == {path: before[path].replace(*fix) for path, fix in FIXES.items()}
    assert (result.unfixed, result.ended) == ((), "fixed")
    assert project.sources() == before, "trials write nothing"
    for path, text in result.patch.items():
        (project.root / path).write_text(text)
    assert b"45 passed" in project.pytest().stdout


def test_the_example_names_none_of_its_faults() -> None:
    for path in (ORDERS / "orders").glob("*.py"):
        text = path.read_text().lower()
        assert not [word for word in ("bug", "fixme", "wrong", "todo", "should be") if word in text]
