"""Why a request is not carried out."""


class Denied(Exception):
    """Something that is asked for and not done: `reason` for a person, `status` for the HTTP client."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def shown(raw: bytes) -> str:
    """What an untrusted client sent, short and in plain ASCII."""
    text = ascii(raw[:80].decode("latin-1"))[1:-1]
    return f"`{text}…`" if len(raw) > 80 else f"`{text}`"
