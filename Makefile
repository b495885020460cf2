# Two commands do all of their own set-up: `make demo` and `make test`.
PYTHON ?= python3
RUN = .venvs/development/bin/

# As users have it: else each of the tests' many processes would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check test-full bench peers lock clean

help:
	@echo "make demo       run the main job on an example project, without a key"
	@echo "make test       pass the tests"
	@echo "make check      linters, types, import contracts, tests with coverage"
	@echo "make test-full  the long forms: more examples, more kills, every Python, lowest versions"
	@echo "make bench      the benchmarks, quick"
	@echo "make peers      what the benchmarks compare with, into .peers/"
	@echo "make lock       write requirements/ anew"

demo:
	@PYTHON="$(PYTHON)" .ci/setup without-litellm >/dev/null
	@.ci/demo

# Three at once on two cores: while some wait for a clock, others go on.
test:
	@PYTHON="$(PYTHON)" .ci/setup development >/dev/null
	$(RUN)python -m pytest -n 3 --dist worksteal

check:
	@PYTHON="$(PYTHON)" .ci/setup development >/dev/null
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)python -m pytest -n 3 --dist worksteal --cov --cov-report=term

test-full:
	@PYTHON="$(PYTHON)" .ci/test-full

bench:
	@PYTHON="$(PYTHON)" .ci/setup development >/dev/null
	$(RUN)python benchmarks/startup.py --quick

peers:
	@for name in bm25s aider mini cosmic-ray autofixai repairloop; do \
	  test -x .peers/$$name/bin/python || $(PYTHON) -m venv .peers/$$name || exit; \
	done
	.peers/bm25s/bin/python -m pip install -q "bm25s>=0.3,<0.4"
	.peers/aider/bin/python -m pip install -q "aider-chat==0.86.2"
	.peers/mini/bin/python -m pip install -q "mini-swe-agent==2.4.6"
	.peers/cosmic-ray/bin/python -m pip install -q "cosmic-ray==8.7.0"
	.peers/autofixai/bin/python -m pip install -q "autofixai==0.4.1" "pytest>=8.3"
	.peers/repairloop/bin/python -m pip install -q "repairloop==0.2.0" "pytest>=8.3"
	@if command -v npm >/dev/null; \
	then npm install --prefix .peers/codex --silent --ignore-scripts "@openai/codex@0.169.0"; \
	else echo "without npm there is no codex to compare with"; fi

lock:
	@PYTHON="$(PYTHON)" .ci/setup development >/dev/null
	UV=$(RUN)uv PYTHON=$(RUN)python .ci/lock

clean:
	rm -rf .venvs .demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
