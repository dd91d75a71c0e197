"""commune-audit: a distributed audit of the web sites of every French local authority."""

__version__ = "0.1.0"
