# make demo    play a whole game on this machine        make test      every test
# make check   formatter, linter, types, boundaries     make bench     how fast it is, against others
# make reproduce NAME=table-2    a table or figure      make figures   the README's other figures, in hours
# make torture   kill, starve, attack it: half an hour     make fuzz, make soak   hostile bytes; half an hour of load
# make lock    resolve what is installed anew     make audit, make licences   what is known of it; its terms
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
PIP_OPTIONS ?=

DATASET ?= shoppers100
PROFILE ?= neural_network
MEMBERS ?= 2000
KNOWLEDGE ?= population
SYNTHESIS ?=
COUNT ?=
ACCESS ?= disjoint
SHADOWS ?= 8
TARGETS ?= 1
ATTACKS ?= shokri,calibrated,bavaria,quantile_regression,loss_threshold,gap,random_guess
BUDGET ?=
SEED ?= 1
OUT ?= runs/demo

NAME ?= all
SCALE ?= quick
SUBSTITUTE ?=

FIGURES ?=

TRIALS ?=

LOCK_OPTIONS ?=

GAME := --dataset '$(DATASET)' --profile '$(PROFILE)' --members '$(MEMBERS)' --knowledge '$(KNOWLEDGE)' \
	--access '$(ACCESS)' --shadows '$(SHADOWS)' --targets '$(TARGETS)' --attacks '$(ATTACKS)' --seed '$(SEED)' \
	$(if $(SYNTHESIS),--synthesis '$(SYNTHESIS)') $(if $(COUNT),--count '$(COUNT)') \
	$(if $(BUDGET),--budget '$(BUDGET)') --out '$(OUT)'

.PHONY: demo reproduce test check bench figures torture fuzz soak lock audit licences docker-test format openapi clean

demo: .venv/installed
	@$(BIN)/python -m services.demo $(GAME)

reproduce: OUT = runs/reproduce
reproduce: .venv/installed
	@$(BIN)/python -m services.reproduction '$(NAME)' --scale '$(SCALE)' --out '$(OUT)' $(if $(SUBSTITUTE),--substitute)

test: .venv/installed .venv-foreign/mlserver/installed .venv-foreign/kserve/installed
	@$(BIN)/pytest -n 2 --dist loadfile

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/mlaas openapi | diff services/mlaas/openapi.json - > /dev/null || (echo "services/mlaas/openapi.json is not current: make openapi" && false)
	$(BIN)/challenger openapi | diff services/challenger/openapi.json - > /dev/null || (echo "services/challenger/openapi.json is not current: make openapi" && false)

bench: .venv/installed .venv-peers/installed
	@$(BIN)/python -m benchmarks.speed $(FIGURES)

figures: .venv/installed
	@$(BIN)/python -m benchmarks

torture: .venv/installed
	@$(BIN)/python -m torture faults,hostile $(TRIALS)

fuzz: .venv/installed
	@$(BIN)/python -m torture fuzz $(TRIALS)

soak: .venv/installed
	@$(BIN)/python -m torture soak $(TRIALS)

lock: .venv-supply/installed
	@.venv-supply/bin/python -m supply.locking $(LOCK_OPTIONS)

audit: .venv-supply/installed
	@.venv-supply/bin/python -m supply.auditing

licences: .venv/installed
	@$(BIN)/python -m supply.licences

docker-test:
	@$(PYTHON) tests/docker/play.py

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: .venv/installed
	$(BIN)/mlaas openapi --out services/mlaas/openapi.json
	$(BIN)/challenger openapi --out services/challenger/openapi.json

.venv/installed: pyproject.toml supply/dev.lock supply/torch.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(PIP_OPTIONS) --require-hashes --no-deps --only-binary :all: \
		--requirement supply/dev.lock
	$(BIN)/pip install --quiet $(PIP_OPTIONS) --requirement supply/torch.txt
	$(BIN)/pip install --quiet --no-index --no-build-isolation --no-deps --editable .
	@touch $@

.venv-supply/installed: supply/tools.txt
	$(PYTHON) -m venv .venv-supply
	.venv-supply/bin/pip install --quiet $(PIP_OPTIONS) --requirement $<
	@touch $@

.venv-peers/installed: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet $(PIP_OPTIONS) --requirement $<
	@touch $@

.venv-foreign/%/installed: tests/foreign/%.txt
	$(PYTHON) -m venv .venv-foreign/$*
	.venv-foreign/$*/bin/pip install --quiet $(PIP_OPTIONS) --requirement $<
	@touch $@

clean:
	rm -rf .venv .venv-foreign .venv-peers .venv-supply build *.egg-info
