# Two commands: `make start` runs the cloud, `make test` tests it. The rest is for those who work on it.
.POSIX:
.PHONY: help setup start test test-all check format bench where docs

BIN = .venv/bin
JOBS = $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
ARGS =

help:
	@echo "make start     set up and run the cloud on http://127.0.0.1:4566 until Ctrl-C (ARGS='--port 4600')"
	@echo "make test      set up and run the tests (ARGS='tests/services/sqs -k fifo')"
	@echo "make setup     prepare .venv only"
	@echo "make check     format, lint, types, import contracts, documents, house rules, seeded removals, tests"
	@echo "make test-all  the tests in their long forms"
	@echo "make bench     measure, and write docs/benchmarks.md (ARGS='--part objects')"
	@echo "make docs      write the generated parts of docs/ anew"
	@echo "make format    format the sources and mend what the linter can"
	@echo "make where op=sqs.CreateQueue   where an operation, its table, its tests and its page are"

setup:
	@tools/setup.sh

start: setup
	@exec $(BIN)/orrery start $(ARGS)

test: setup
	@exec $(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(ARGS)

test-all: setup
	@exec $(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.tidy
	$(BIN)/python -m tools.docs --check
	$(BIN)/python -m tools.coverage --check
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"
	$(BIN)/python -m tools.removals

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python -m tools.docs
	$(BIN)/python -m tools.coverage

bench: setup
	@exec $(BIN)/python -m bench.run $(ARGS)

where: setup
	@exec $(BIN)/python -m tools.where $(op)
