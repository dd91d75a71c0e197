"""A synthetic country: fake authority web sites with known truth, served on loopback. Imports no other service."""
