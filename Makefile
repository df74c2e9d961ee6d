# The commands are in dev.py, which needs no make.
.PHONY: demo test lint docs bench setup lock
demo test lint docs bench setup lock:
	@python3 dev.py $@
