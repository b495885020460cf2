"""A battery of attempts to get out of the sandbox, to be run on the machine at hand.

Each attempt is a hostile command in a world of its own, judged on the host. `python -m sandbox battery` runs them, and
so do the tests. The control column runs them without a sandbox, only where it is asked for.
"""

from sandbox.battery.attempt import Attempt
from sandbox.battery.attempts import ATTEMPTS
from sandbox.battery.cli import main
from sandbox.battery.guarded import Guarded
from sandbox.battery.runner import Adapter, Battery, Verdict, run

__all__ = ["ATTEMPTS", "Adapter", "Attempt", "Battery", "Guarded", "Verdict", "main", "run"]
