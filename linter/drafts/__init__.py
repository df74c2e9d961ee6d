"""Site files before a person has read them: what exports tell, and what has to be asked."""
