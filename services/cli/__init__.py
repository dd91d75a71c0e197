"""The command line, and the wiring of all services into one process."""
