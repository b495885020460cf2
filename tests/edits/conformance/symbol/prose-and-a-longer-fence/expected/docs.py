def usage():
    return """
```
shop --port 80
```
"""
