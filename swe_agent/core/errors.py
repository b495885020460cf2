"""What can go wrong, for the person at the terminal: what happened, what to type, and the exit code.

SweAgentError                       70  our bug, unless a subclass says otherwise
├── AnswerIsNo                       1  the work was done, and the answer is no
├── UsageError                       2  the words typed
│   └── ConfigError                  2  the settings
├── EnvironmentLacks                 3  something outside us is missing
│   ├── RepositoryError              3  git or the repository
│   ├── SandboxMissing               3  the required tier cannot be had
│   └── ModelError                   3  a provider answered with an error
│       ├── ModelUnauthorised        3  no key, or a wrong one
│       ├── ModelUnavailable         3  network, 5xx, cut streams, after all retries
│       ├── ModelRateLimited         3  429, after all retries
│       ├── ModelRefused             3  the model or the provider's filter declined
│       ├── ModelBadAnswer           3  an answer that is none
│       └── ContextTooLong           3  the conversation no longer fits
├── LimitReached                     4  budget, turns, time
├── TreeMoved                        5  the user's files changed under a landing
└── Interrupted                    130  Ctrl-C
"""

from __future__ import annotations

from typing import Literal

Limit = Literal["money", "tokens", "turns", "time"]


class SweAgentError(Exception):
    """An error written for a person. `hint` is what they can do, with anything to type in backticks."""

    exit_code = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AnswerIsNo(SweAgentError):
    exit_code = 1


class UsageError(SweAgentError):
    exit_code = 2


class ConfigError(UsageError):
    pass


class EnvironmentLacks(SweAgentError):
    exit_code = 3


class RepositoryError(EnvironmentLacks):
    pass


class SandboxMissing(EnvironmentLacks):
    pass


class ModelError(EnvironmentLacks):
    pass


class ModelUnauthorised(ModelError):
    pass


class ModelUnavailable(ModelError):
    pass


class ModelRateLimited(ModelError):
    """`retry_after` is what the server asked for, in seconds, where it said so."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ModelRefused(ModelError):
    pass


class ModelBadAnswer(ModelError):
    pass


class ContextTooLong(ModelError):
    pass


class LimitReached(SweAgentError):
    exit_code = 4

    def __init__(self, message: str, *, hint: str = "", limit: Limit = "money") -> None:
        super().__init__(message, hint=hint)
        self.limit: Limit = limit


class TreeMoved(SweAgentError):
    """`kept` are files in which something is kept that another program had saved, and saved anew since."""

    exit_code = 5

    def __init__(self, message: str, *, hint: str = "", kept: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.kept = kept


class Interrupted(SweAgentError):
    exit_code = 130


class Cancelled(Interrupted):
    pass


class Terminated(KeyboardInterrupt):
    """A request to end, on its way out. Like Ctrl-C it is no Exception: libraries swallow these, and ask once more."""

    def __init__(self, told: Cancelled) -> None:
        super().__init__(told.message)
        self.told = told
