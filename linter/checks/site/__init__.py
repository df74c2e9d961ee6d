"""Are the site file and the policies sound? FW5xx."""
