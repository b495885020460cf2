"""Where the program starts. `--version` is answered before anything else is loaded."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from swe_agent import __version__

        sys.stdout.write(f"swe-agent {__version__}\n")
        return
    import gc

    gc.set_threshold(500_000, 50, 50)  # short lives and many small values: looking for cycles often is a tenth of a run
    try:
        from swe_agent.cli.main import run

        code = run()
    except KeyboardInterrupt:  # so early that nothing was there to answer it
        sys.stderr.write("error: interrupted\n")
        code = 130
    gc.freeze()  # all goes now: no cycle has to be found before
    sys.exit(code)


if __name__ == "__main__":
    main()
