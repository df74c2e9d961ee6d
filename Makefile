# The commands are in dev.py, which needs no make.
.PHONY: demo test lint docs bench setup
demo test lint docs bench setup:
	@python3 dev.py $@
