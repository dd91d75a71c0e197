"""How a site is carried: HTTPS, its certificate, HSTS, and sub-resources in clear. Pure."""
