"""Where the program starts. `--version` is answered before anything else is loaded."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from swe_agent import __version__

        sys.stdout.write(f"swe-agent {__version__}\n")
        return
    from swe_agent.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
