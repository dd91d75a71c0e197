"""What the name servers publish for the mail of an authority and for its site's domain."""
