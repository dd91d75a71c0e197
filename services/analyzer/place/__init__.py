"""Where sites and mail stand, by the countries that their addresses are registered in."""
