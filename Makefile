# Industrial Flow ERP. Needs Python 3.11 or newer and make; README.md shows the targets.
# 工业流程 ERP：只需 Python 3.11+ 与 make；各目标的用法见 README.md。

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# The business rules are tried on PostgreSQL, too; not what has a database of its own, or none at all.
ON_POSTGRES := tests/orgchart tests/notifications tests/contracts tests/documents tests/production \
	tests/procurement tests/acceptance tests/feedback
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard */locale/*/LC_MESSAGES/*.po))
# A production-like environment for the checks that only make sense with DEBUG off.
STRICT := DEBUG=0 DATA_DIR=build/lint ALLOWED_HOSTS=erp.example.com APP_BASE_URL=https://erp.example.com

.DELETE_ON_ERROR:
.PHONY: setup run test test-all services lint bench prove messages lock

setup: .venv/.installed node_modules/.installed $(CATALOGUES)
	@$(BIN)/python requirements/assets.py

run: setup
	DEBUG=1 $(BIN)/python manage.py serve --demo --host 127.0.0.1 --port $(PORT)

test: setup
	$(BIN)/pytest -n auto -rs

test-all: setup
	set -a; if [ -f .env.services ]; then . ./.env.services; fi; NO_SKIP=1 $(BIN)/pytest -n auto -rs --durations=20
	set -a; if [ -f .env.services ]; then . ./.env.services; fi; NO_SKIP=1 TEST_DATABASE_URL=$$TEST_POSTGRES_URL \
		$(BIN)/pytest -n auto -rs --durations=20 -m "not browser and not mssql and not alone" \
		$(ON_POSTGRES) --ignore=tests/production/schedule

services:
	deploy/services.sh

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates $(wildcard */templates) --lint --quiet
	$(STRICT) $(BIN)/mypy .
	$(STRICT) $(BIN)/python manage.py makemigrations --check --dry-run
	$(STRICT) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python requirements/licences.py

bench: setup
	$(BIN)/python -m bench --json bench/results.json
	$(BIN)/python -m bench.scheduling --json bench/scheduling.json
	$(BIN)/python -m bench.planner --json bench/planner.json
	$(BIN)/python -m bench.fanout --json bench/fanout.json
	$(BIN)/python -m bench.documents --json bench/documents.json
	$(BIN)/python -m bench.documents_upload --json bench/documents_upload.json

prove: setup
	set -a; if [ -f .env.services ]; then . ./.env.services; fi; PROVE=1 $(BIN)/pytest -m prove -rs

messages: setup
	$(BIN)/python requirements/messages.py

lock: .venv/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/lock.txt
	for set in base prod dev node lock; do $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-header requirements/$$set.in -o requirements/$$set.txt; done

.venv/.installed: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json | .venv/.installed
	$(BIN)/python requirements/npm_ci.py
	@touch $@

%.mo: %.po | .venv/.installed
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
