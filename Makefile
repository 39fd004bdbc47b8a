# make demo     a film of the built-in head talking, in demo/
# make test     everything: linters and the tests, in Blender 4.2, 4.5, 5.0 and 5.2
# make test-blender  the extension's zips in real Blenders: installed, used, clicked in a window, removed
# make format   rewrite the sources as ruff wants them
# make lint     ruff and pyright alone
# make build    the Blender extension for this machine's platform, in dist/: one zip for each Python that Blender has
# make release  the zips for all platforms, and those with CUDA (downloads 2.4 GB)
# make screenshots  takes the pictures of Blender in docs/images/ anew
# make clean    delete what the other targets made

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

TEST_ENVIRONMENTS := test-bpy-5.0 test-bpy-4.5 test-bpy-4.2 test-bpy-5.2
FULL := .venv/test-bpy-5.0/bin

.PHONY: demo test test-blender format lint build release screenshots clean system-libraries environments

demo: .venv/demo/.installed
	.venv/demo/bin/python -m soliloquy demo --out demo

test: system-libraries
	@$(MAKE) --no-print-directory -j2 environments
	$(FULL)/python scripts/run_tests.py $(PYTEST)

# Where the executable cannot be set up, the modules are tested alone, and the table says so.
test-blender: system-libraries
	@$(MAKE) --no-print-directory -j2 environments
	$(FULL)/python tests/real_blender/run.py $(PROOF)

environments: $(TEST_ENVIRONMENTS:%=.venv/%/.installed)

format: .venv/test-bpy-5.0/.installed
	$(FULL)/ruff format
	$(FULL)/ruff check --fix

lint: .venv/test-bpy-5.0/.installed
	$(FULL)/ruff check
	$(FULL)/ruff format --check
	$(FULL)/pyright --pythonpath $(FULL)/python

build:
	"$$(scripts/find_python.sh 3.11)" build.py --out dist --host

release:
	"$$(scripts/find_python.sh 3.11)" build.py --out dist
	"$$(scripts/find_python.sh 3.11)" build.py --out dist --cuda
	"$$(scripts/find_python.sh 3.11)" build.py --out dist --check

screenshots:
	rm -rf .cache/screenshots
	"$$(scripts/find_python.sh 3.11)" build.py --host --python-tag cp314 --out .cache/screenshots
	scripts/real_blender.sh run --work .cache/screenshots -- \
	    sh -c 'python3 "$$0" --zip *.zip --out .' "$$PWD/tests/real_blender/window/pictures.py"
	cp .cache/screenshots/pictures/*.png docs/images/

clean:
	rm -rf .venv/demo .venv/test-* .cache build dist demo *.egg-info

system-libraries:
	@scripts/system_libraries.sh

.venv/%/.installed: requirements/%.txt requirements/constraints.txt pyproject.toml | system-libraries
	@scripts/make_environment.sh $*
