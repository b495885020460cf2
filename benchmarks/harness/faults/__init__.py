"""What `benchmarks/faults.py` is made of: doors, a fake model, worlds, scenarios, and the judging of what came."""
