"""How an export is written down."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.jobs.export import Export
from swe_agent.metrics.usage import COUNTS


def written(export: Export, format: str, output: str) -> None:
    """On stdout, or whole in a file."""
    text = {"json": _json, "ndjson": _ndjson, "csv": _csv}[format](export)
    if output in ("", "-"):
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(output)
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise EnvironmentLacks(f"cannot write {output}: {error.strerror}", hint="name another file") from error


def _json(export: Export) -> str:
    body = {
        "v": 1,
        "type": "UsageExport",
        "repository_id": export.repository,
        "since": export.since,
        "days": export.days,
        "proposals": export.proposals,
    }
    return json.dumps(body, ensure_ascii=True, allow_nan=False) + "\n"


def _ndjson(export: Export) -> str:
    return "".join(json.dumps(day, ensure_ascii=True, allow_nan=False) + "\n" for day in export.days)


def _csv(export: Export) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["day", "repository_id", "feature", "language", "model", *COUNTS])
    for row in export.rows:
        counts = row.counts.fields
        cells = [row.day, export.repository, row.feature, row.language, _plain(row.model)]
        writer.writerow([*cells, *(counts[name] for name in COUNTS)])
    return out.getvalue()


def _plain(text: str) -> str:
    """A name that another tool has given is no formula, whatever a spreadsheet would make of it."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
