"""Where the program starts. `--version` is answered before anything else is loaded."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from swe_agent import __version__

        sys.stdout.write(f"swe-agent {__version__}\n")
        return
    if sys.argv[1:3] == ["hooks", "run"] and len(sys.argv) > 3:
        from swe_agent.hooks.entry import main as hook
        from swe_agent.hooks.stub import EVENTS

        if sys.argv[3] in EVENTS:  # a framework waits with a commit for it
            sys.exit(1 if hook(sys.argv[3], sys.argv[4:]) else 0)
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
