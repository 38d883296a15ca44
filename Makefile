# One command each, on a machine with python3 (3.11+) and make. `make demo` and `make test` set up what they need.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: setup demo up test lint bench chaos requirements clean

demo: .venv/.runtime
	@$(BIN)/python starter.py demo

up: .venv/.runtime
	@$(BIN)/python starter.py up

setup: .venv/.dev

# A browser and real music are what pip can't bring. Under CI the tests that need them fail where they are not there.
test: .venv/.dev lint
	@set --; \
	if [ -z "$$CI" ] && ! command -v chromium >/dev/null; then \
	  echo "No Chromium here: the browser tests are left out"; \
	  set -- --ignore=tests/browser; \
	fi; \
	if [ -z "$$CI" ] && [ ! -d "$${XDG_CACHE_HOME:-$$HOME/.cache}/dalsegno/music/singularity-music" ]; then \
	  echo "No music here (python3 -m tests.support.debian_music singularity-music): its tests are left out"; \
	  set -- "$$@" --ignore=tests/music; \
	fi; \
	$(BIN)/python -m pytest -n 3 --dist worksteal "$$@"

# Figures of this machine, beside those of peers; ends with an error where a promise is broken.
# One alone: make bench BENCHES=publishing
BENCHES := publishing composer_judged composer_speed scenes recognition lookup reference_analysis
bench: .venv/.dev
	@broken=0; for part in $(BENCHES); do $(BIN)/python -m bench.$$part || broken=1; done; exit $$broken

# Workers are killed and frozen, servers go away, and what came of it is audited; ends with an error where a promise is broken.
# The same times and choices again: make chaos SEED=…
chaos: .venv/.dev
	@seed=$${SEED:-$$(date +%s)}; broken=0; \
	for part in points kills frozen gate pace everything; do \
	  $(BIN)/python -m chaos $$part --seed $$seed || broken=1; \
	done; exit $$broken

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Dal Segno needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 demo" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# The development environment holds everything that the runtime one does, so it is never shrunk to it.
.venv/.runtime: requirements/runtime.txt | $(UV)
	@test -e .venv/.dev || $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/runtime.txt
	@touch $@

.venv/.dev: requirements/dev.txt | $(UV)
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@ .venv/.runtime

# Resolves anew within the bounds of pyproject.toml. The files hold hashes and no download addresses.
requirements: | $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make requirements" --upgrade pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make requirements" --upgrade pyproject.toml --extra languages --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean:
	rm -rf .venv .dalsegno dalsegno-demo dist
