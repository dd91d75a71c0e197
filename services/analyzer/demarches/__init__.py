"""What residents can do on a site: where its links and forms lead, and which démarches they serve."""
