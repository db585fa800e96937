# Every target does the set-up it needs, into .venv, and does it once per state of the lock files.
BIN := .venv/bin

.PHONY: setup run test quick lint bench bench-large fuzz soak year crash-matrix audit lock

setup:            ## virtual environment with the locked dependencies
	@./setup.sh

run: setup        ## a day of sample customers, with a mail catcher and a page to look at
	@$(BIN)/followup demo

test: setup lint  ## everything that must hold
	$(BIN)/python -m pytest -n 2 --dist worksteal

quick: setup lint ## the same without the tests that take seconds
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not pg"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup      ## what a tick and a delivery cost; kept in benchmarks/results/history.jsonl and its picture
	$(BIN)/python -m benchmarks --keep

bench-large: setup ## a tick among ten million customers: 12 GB of disk
	$(BIN)/python -m benchmarks --large --keep

fuzz: setup       ## ten thousand broken rule files; and every property on many more examples, new ones each time
	@$(BIN)/python -m benchmarks yaml
	FOLLOWUP_EFFORT=$${FOLLOWUP_EFFORT:-20} $(BIN)/python -m pytest -n 2 --timeout 3600 tests/properties

soak: setup       ## everything that can go wrong, for SECONDS (60) on each database, and then the invariants; SEED=1
	@$(BIN)/python -m tests.soak --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

year: setup       ## a year of the shipped rules with 2,000 customers, and what must hold of it; LEADS=200 DAYS=90
	@$(BIN)/python -m tests.year --leads $(or $(LEADS),2000) --days $(or $(DAYS),365)

crash-matrix: setup ## kill -9 at eight points of a delivery, to customers and reps, on both databases: 32 outcomes
	@$(BIN)/python -m tests.crashes

audit:            ## known vulnerabilities of the locked dependencies; ends badly where the service is not reached
	@./.ci/audit

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock:             ## write the lock files anew (keeps what still fits; UPGRADE=--upgrade takes the newest)
	@[ -x .venv/bin/python ] || ./setup.sh
	$(BIN)/python -m pip install --quiet "pip-tools>=7.5"
	$(LOCK) $(UPGRADE) --only-build-deps --build-deps-for editable -o requirements-build.lock pyproject.toml
	$(LOCK) $(UPGRADE) --extra dev -o requirements.lock pyproject.toml
