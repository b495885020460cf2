"""What ordinary programs and test suites expect of a machine: one function each, run inside a sandbox.

`python behaviour` (this directory) runs every one in a process of its own and prints {name: complaint} as JSON, where
an empty complaint means that it works; `python behaviour NAME` runs one. Standard library only.
"""

import concurrent.futures
import json
import subprocess
import sys

import machine
import processes
import sockets

EACH_S = 90
PROBES = {probe.__name__: probe for module in (machine, processes, sockets) for probe in module.PROBES}


def complaint(name: str) -> str:
    try:
        done = subprocess.run(
            [sys.executable, sys.argv[0], name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=EACH_S,
        )
    except subprocess.TimeoutExpired:
        return "takes too long"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROBES[sys.argv[1]]()
    else:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            print(json.dumps(dict(zip(PROBES, pool.map(complaint, PROBES), strict=True))))
