"""The mobile family: what a page must do on a 360 × 800 telephone. Pure functions and their thresholds."""
