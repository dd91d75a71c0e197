"""Private servers for the tests, started once a session."""
