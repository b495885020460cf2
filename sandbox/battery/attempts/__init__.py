"""The attempts, by category."""

from sandbox.battery.attempt import Attempt
from sandbox.battery.attempts import files, kernel, launcher, network, resources, review, secrets, tree

ATTEMPTS: tuple[Attempt, ...] = (
    *launcher.ATTEMPTS,
    *files.ATTEMPTS,
    *tree.ATTEMPTS,
    *secrets.ATTEMPTS,
    *kernel.ATTEMPTS,
    *network.ATTEMPTS,
    *resources.ATTEMPTS,
    *review.ATTEMPTS,
)
