"""Where git's hooks begin: `python -I -S …/entry.py EVENT ARGUMENTS`, in the folder and environment that git gives.

Whatever goes wrong in here lets the commit through and says so in one line: BLOCKS is returned for what was found, and
for nothing else.
"""

import os
import sys

SECONDS = {"pre-commit": 10, "prepare-commit-msg": 10, "commit-msg": 5, "pre-push": 60}
"""In which an event has to be done; the kernel ends what is not."""


def main(event: str, arguments: list[str]) -> int:
    """The exit code: 0, or `world.BLOCKS`."""
    # `signal` itself is what this holds in enumerations, which take longer to load than all that is ours.
    import _signal as signal  # type: ignore[import-not-found]

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS.get(event, 5))
    try:
        return _run(event, arguments)
    except Exception as error:  # noqa: BLE001  # a fault of ours must not be in the way of anybody's commit
        from swe_agent.hooks.world import say

        say(f"swe-agent: the {event} hook failed ({type(error).__name__}: {error}), and lets this through")
        return 0
    finally:
        signal.alarm(0)


def _run(event: str, arguments: list[str]) -> int:
    from swe_agent.hooks import world

    if os.environ.get("SWE_AGENT_HOOKS") in world.OFF:
        return 0
    if event == "pre-commit":
        from swe_agent.hooks import before_commit

        return before_commit.run()
    if event == "commit-msg" and arguments:
        from swe_agent.hooks import trailer

        return trailer.run(arguments[0])
    if event == "prepare-commit-msg" and arguments:
        from swe_agent.hooks import draft

        return draft.run(arguments)
    if event == "pre-push":
        from swe_agent.hooks import before_push

        return before_push.run(sys.stdin)
    if event not in SECONDS:
        from swe_agent.hooks import stub

        world.run_here(["sh", "-c", stub.noting(event), event, *arguments])
    return 0


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]))
