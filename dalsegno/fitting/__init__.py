"""Music that others made, made to fit."""
