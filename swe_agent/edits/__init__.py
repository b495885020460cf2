"""Text to text: edit operations applied exactly, or refused with a reason that helps the next try."""
