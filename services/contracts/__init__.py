"""The shared language of the services: messages, captures, verdicts, keys, errors. Pure: no I/O."""
