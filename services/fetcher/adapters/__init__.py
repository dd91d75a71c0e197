"""The network and the browser."""
