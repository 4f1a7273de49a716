# Everything starts here: `make demo` and `make test` need Python 3.11 or 3.12 and make, and set up what they use.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
BIN := .venv/bin
HOME_DIR ?= $(CURDIR)/data
ASSETS ?= 1000
WEEKS ?= 60
AS_OF ?= 2026-06-30

export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := yes
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo up soak test browser superset superset-up connect test-slow lint format lock docs bench bench-pg mutation ask parity clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(BIN)/.installed ## make the environment in .venv: itam, dbt and dagster in .venv/bin

demo: $(BIN)/.installed ## a sample organisation, one refresh, its scorecard
	@$(BIN)/itam sample --home $(HOME_DIR) --assets $(ASSETS) --as-of $(AS_OF) --weeks $(WEEKS)
	@$(BIN)/itam refresh --home $(HOME_DIR) --as-of $(AS_OF)
	@$(BIN)/itam scorecard --home $(HOME_DIR)
	@echo
	@echo "Look at it: $(BIN)/itam dashboard --home $(HOME_DIR), then open http://127.0.0.1:8501"
	@echo "A report:   $(BIN)/itam report --home $(HOME_DIR) --role cio --format html"

up: $(BIN)/.installed ## Dagster on 127.0.0.1:3000, which keeps the home fresh; Ctrl-C stops it
	@$(BIN)/python -m orchestration.up --home "$(HOME_DIR)"

test: $(BIN)/.installed-dev ## the tests, but for the slow ones
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

browser: $(BIN)/.installed-browser ## the pages in Chromium: pictures in target/browser, console, screen readers, speed
	@$(BIN)/python -m pytest tests/browser

superset: bi/.venv/.installed $(BIN)/.installed-dev ## Superset and Jupyter, for real: the dashboard imported and asked, the notebook run
	@$(BIN)/python -m pytest tests/bi

superset-up: bi/.venv/.installed ## Superset on 127.0.0.1:8088 with the dashboard, on what is published in HOME_DIR; Ctrl-C stops it
	@bi/.venv/bin/python bi/superset/up.py --published "$(HOME_DIR)/published/itam.duckdb"

connect: $(BIN)/.installed-connect ## PostgreSQL by every client, all swaps; says which Debian packages it needs
	@ITAM_EVERY_CLIENT=1 $(BIN)/python -m pytest tests/python/connect/postgres

test-slow: $(BIN)/.installed-dev ## all tests
	@$(BIN)/python -m pytest

lint: $(BIN)/.installed-dev ## formatters, linters and types, in check mode
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfmt --quiet --check models macros tests/dbt
	@mkdir -p target/lint && rm -rf target/lint/compiled
	@ITAM_HOME=target/lint $(BIN)/dbt --quiet compile --profiles-dir . --target-path target/lint
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar --processes 2 target/lint/compiled

format: $(BIN)/.installed-dev ## write what the formatters want
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/sqlfmt --quiet models macros tests/dbt

docs: $(BIN)/.installed-dev ## write docs/feeds.md, docs/kpis/ and THIRD_PARTY.md from what is declared and locked
	@$(BIN)/python -m itam.feeds_page
	@$(BIN)/python -m itam.kpi_pages
	@$(BIN)/python -m itam.third_party_page

soak: $(BIN)/.installed-dev ## deliveries every few seconds under Dagster: make soak SOAK="--minutes 30"
	@$(BIN)/python -m benchmarks.soak $(SOAK)

bench: $(BIN)/.installed-dev ## measure landing, build and refresh; of any size, stage by stage: make bench SIZE=1000000
	@$(BIN)/python -m $(if $(SIZE),benchmarks.scale --assets $(SIZE),benchmarks.run) $(BENCH)

bench-pg: $(BIN)/.installed-dev ## the KPIs by hand on PostgreSQL and on DuckDB, on what has landed in HOME_DIR
	@$(BIN)/python -m benchmarks.postgresql --home "$(HOME_DIR)" $(BENCH)

ask: $(BIN)/.installed-dev ## a KPI by a dimension, from the published marts: make ask KPI=deployment_rate BY=department
	@$(BIN)/python -m itam.semantic_layer $(KPI) --by $(BY) --home "$(HOME_DIR)"

mutation: $(BIN)/.installed-dev ## change the SQL of the KPIs a little and see whether a test notices: tests/mutation/results.md
	@$(BIN)/python -m tests.mutation.run $(MUTATION)

parity: $(BIN)/.installed-dev .venv-spark/.installed ## Spark says exactly what DuckDB says: before each release; make parity PARITY="--assets 1000"
	@$(BIN)/python -m tests.parity.run $(PARITY)

lock: $(BIN)/uv ## resolve pyproject.toml again and write the lock files
	$(BIN)/uv lock --quiet
	$(BIN)/uv export $(EXPORT) --group build --output-file requirements.lock
	$(BIN)/uv export $(EXPORT) --group build --group dev --output-file requirements-dev.lock
	$(BIN)/uv export $(EXPORT) --only-group browser --output-file requirements-browser.lock
	$(BIN)/uv export $(EXPORT) --only-group connect --output-file requirements-connect.lock
	$(BIN)/uv export $(EXPORT) --only-group spark --output-file requirements-spark.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate bi/requirements.in --output-file requirements-bi.lock
EXPORT := --quiet --locked --no-emit-project --no-emit-index-url --no-header --no-annotate

clean: ## remove what was built: the environment, caches and dbt artefacts; never data/
	rm -rf .venv .venv-spark bi/.venv target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info uv.lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: one stamp per lock file, so that a second run installs nothing -------------------------------
$(BIN)/uv: requirements-uv.lock
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
		|| { echo "make: Python 3.11 or 3.12 is needed (make PYTHON=/path/to/python3.11 ...)" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-uv.lock
	@touch $@

# uv is quick; where it cannot reach what pip is configured for, pip does the same
install = $(BIN)/uv pip install --quiet --python $(or $(2),$(BIN))/python --no-deps --require-hashes --compile-bytecode \
	-r $(1) || $(or $(2),$(BIN))/python -m pip install --quiet --no-deps --require-hashes -r $(1)
project = $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .

$(BIN)/.installed: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Setting up .venv (once) ..."
	@$(call install,requirements.lock)
	@$(project)
	@touch $@

$(BIN)/.installed-browser: requirements-browser.lock | $(BIN)/.installed-dev
	@$(call install,requirements-browser.lock)
	@touch $@

$(BIN)/.installed-connect: requirements-connect.lock | $(BIN)/.installed-dev
	@$(call install,requirements-connect.lock)
	@touch $@

# an environment of its own: Great Expectations imports pyspark wherever it finds it, and then ends the process
.venv-spark/.installed: requirements-spark.lock | $(BIN)/uv
	@"$(PYTHON)" -m venv .venv-spark
	@$(BIN)/uv pip install --quiet --python .venv-spark/bin/python --no-deps --require-hashes -r $< \
		|| .venv-spark/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

$(BIN)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/uv
	@echo "Setting up .venv for development (once) ..."
	@$(call install,requirements-dev.lock)
	@$(project)
	@touch $@ $(BIN)/.installed

bi/.venv/.installed: requirements-bi.lock | $(BIN)/uv
	@echo "Setting up bi/.venv for Superset and Jupyter (once) ..."
	@"$(PYTHON)" -m venv bi/.venv
	@$(call install,requirements-bi.lock,bi/.venv/bin)
	@touch $@
