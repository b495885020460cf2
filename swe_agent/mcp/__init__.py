"""The client of MCP servers: what tools they offer, as the model is told of them, and what a call to one says.

`client.connect` is the way in. The SDK is imported by `session` alone, when the first server is connected; how a
process is started is handed in. Nothing that a server does, or fails to do, raises: it is an answer that is not ok.
"""
