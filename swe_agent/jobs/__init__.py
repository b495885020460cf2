"""The order of things: what happens after what, with parts that wiring chose. No flags, no colours, no providers."""
