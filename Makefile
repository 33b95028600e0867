# Bellwether. `make run` and `make test` need Python 3.11 or later, make and the package index; nothing else.

PYTHON ?=
PORT ?= 8000
DEMO ?= yes
WORKERS ?= auto
SETS = base production local test benchmarks
LOCKS = requirements/tools.txt requirements/test.txt
PY = .venv/bin/python
RUN = $(PY) -m
export PORT DEMO
# Where it is set, each process compiles a thousand modules anew, and takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL = help
.PHONY: help setup environment browser readers run test check audit lock clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from the locked requirements; nothing to do when they have not changed
	@if ! cat $(LOCKS) 2>/dev/null | cmp -s - .venv/installed || ! $(PY) -c '' 2>/dev/null; then \
		$(MAKE) --no-print-directory environment; \
	fi

environment:
	@set -e; found=; \
	for candidate in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if [ -n "$$candidate" ] && "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Bellwether needs Python 3.11 or later and found none. Name one: make setup PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Making .venv with $$("$$found" -V)."; \
		"$$found" -m venv --clear .venv || { \
			echo "This Python cannot make environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi; \
	rm -f .venv/installed; \
	echo "Installing the locked requirements into .venv."; \
	$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt; \
	index=$$($(RUN) pip config get global.index-url 2>/dev/null || true); \
	if [ -n "$$index" ]; then UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index}; export UV_DEFAULT_INDEX; fi; \
	uv="$(RUN) uv pip sync --quiet --python $(PY) --require-hashes requirements/test.txt"; \
	$$uv --system-certs 2>/dev/null || $$uv 2>/dev/null || { \
		echo "uv did not reach the package index in its ways; pip, which did, takes a minute."; \
		$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt; }; \
	cat $(LOCKS) > .venv/installed

run: setup ## start everything on http://127.0.0.1:8000 (PORT=8001, DEMO=no); Ctrl-C stops it
	@$(RUN) config.run

browser: setup # what tests/browser drives; nothing to do where there is one
	@$(RUN) tests.browser.chromium

readers: setup # programs of others that open what tests/documents writes; nothing to do where they are
	@$(RUN) tests.documents.programs

test: browser readers ## run the whole suite (ARGS="-k name" for a part)
	@$(RUN) pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: setup ## what CI checks besides the suite: style, types, layers, migrations, deployment settings
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy apps config
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))') ALLOWED_HOSTS=bellwether.example \
	DATABASE_URL=postgres://bellwether@localhost/bellwether REDIS_URL=redis://localhost:6379/0 \
	EMAIL_URL=smtp://localhost DEFAULT_FROM_EMAIL=bellwether@bellwether.example SITE_URL=https://bellwether.example \
	DJANGO_SETTINGS_MODULE=config.settings.production $(PY) -Wd manage.py check --deploy --fail-level WARNING

audit: setup ## ask the package index for known vulnerabilities of the locked requirements
	$(RUN) pip_audit --disable-pip --require-hashes -r requirements/test.txt

lock: setup ## lock requirements/*.in anew
	@for set in tools $(SETS); do \
		(cd requirements && ../$(PY) -m uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
			--no-emit-find-links --python-version 3.11 --universal $$set.in -o $$set.txt) || exit 1; \
	done

clean: ## remove the environment and caches; the data in var/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage htmlcov staticfiles
	find apps config tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
