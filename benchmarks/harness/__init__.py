"""What the benchmarks share: arguments, measured processes, goals and the last line of `--json`."""
