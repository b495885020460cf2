"""What is said of all metrics of lines."""

from __future__ import annotations

LEFT_OUT = (
    "files that are generated, vendored, locked or minified; prose and data (documents, translations, JSON, CSV and "
    "the like) of a kind of which nothing was recorded; lines without a word or of three characters"
)
SOURCE = "attribution: evidence, notes and the history of the default branch (docs/attribution.md)"
BY_COMMIT = (
    "Wilson on the effective number of lines, clustered by session, or by commit where there is none; how alike lines "
    "of one cluster are is taken from the analysis of variance"
)
