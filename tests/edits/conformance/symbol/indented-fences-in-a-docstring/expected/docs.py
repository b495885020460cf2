def usage():
    """Run it:

    ```
    shop --port 80
    ```
    """
