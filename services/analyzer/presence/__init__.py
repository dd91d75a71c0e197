"""What a site speaks of, and where: menus, headings and titles, addresses, running text."""
