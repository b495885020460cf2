"""Small platforms on loopback, with state: they take and refuse what GitHub and GitLab do, in their words, and fail at
whichever call a test names.
"""
