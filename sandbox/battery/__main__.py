"""`python -m sandbox.battery`."""

import sys

from sandbox.battery.cli import main

sys.exit(main())
