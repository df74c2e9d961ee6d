# The commands are in dev.py, which needs no make.
.PHONY: demo test lint docs setup
demo test lint docs setup:
	@python3 dev.py $@
