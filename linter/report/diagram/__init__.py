"""The connections of a policy as a picture: boxes for ends, labelled arrows for flows."""
