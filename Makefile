# The verbs of this repository. Each installs the Debian packages it needs when they are missing,
# and builds what it uses. Everything they make is in build/ and run/.

BUILD := build/dev
JOBS  := $(shell nproc)
PORT  ?= 8080
# How the modules are reached: in-process, in-process-codec, or grpc for a process of its own. ALL is
# for those that are not named.
ALL      ?= in-process
AUTH     ?= $(ALL)
USERS    ?= $(ALL)
PRODUCTS ?= $(ALL)
INVENTORY ?= $(ALL)
ORDERS   ?= $(ALL)
# Whether they reach each other by mutual TLS: on or off.
TLS      ?= off
# Where the modules' data is: sqlite, postgresql for a server that is started with the shop, or the
# address of another, postgresql://HOST/NAME.
DATABASE ?= sqlite
# For such an address: a folder with a file for each role, with its password. Without it, ~/.pgpass.
PASSWORD_FOLDER ?=
# Where `make install` puts the toolkit.
PREFIX ?= /usr/local
# Which build is installed; from the environment, for the guide's test, which installs what is built.
INSTALL_PRESET ?= release

# A misspelt name would be ignored.
NAMES   := PORT ALL AUTH USERS PRODUCTS INVENTORY ORDERS DATABASE PASSWORD_FOLDER TLS PREFIX BUILD JOBS
UNKNOWN := $(filter-out $(NAMES),$(foreach name,$(MAKEOVERRIDES),$(firstword $(subst =, ,$(name)))))
ifneq ($(UNKNOWN),)
$(error There is no name $(UNKNOWN); use $(NAMES))
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:  # Packages first; Ninja and CTest use all cores by themselves.
.PHONY: help run certs demo build test install generate contracts bench soak asan tsan tidy format clean packages-run packages-all packages-bench

help: ## Show this list
	@echo "make VERB [NAME=value]:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r verb text; do \
	  printf '%-12s %s\n' "$$verb" "$$text"; done
	@echo "Names: PORT=8080 (for run and demo)"
	@echo "       AUTH, USERS, PRODUCTS, ORDERS or ALL = in-process | in-process-codec | grpc (for run)"
	@echo "       DATABASE = sqlite | postgresql | postgresql://HOST/NAME (for run)"
	@echo "       PASSWORD_FOLDER = a folder with the roles' passwords; otherwise ~/.pgpass (for run)"
	@echo "       TLS=off | on (for run)"
	@echo "       PREFIX=/usr/local (for install)"

run: packages-run $(BUILD)/build.ninja ## Start the shop with sample goods (PORT=8081, ALL=grpc, TLS=on, DATABASE=postgresql)
	@scripts/build $(BUILD) shop auth-service users-service products-service inventory-service orders-service
	@scripts/run-shop --build $(BUILD) --port $(PORT) --auth $(AUTH) --users $(USERS) \
	  --products $(PRODUCTS) --inventory $(INVENTORY) --orders $(ORDERS) --database '$(DATABASE)' --tls $(TLS) \
	  $(if $(PASSWORD_FOLDER),--password-folder '$(PASSWORD_FOLDER)')

certs: packages-run ## Make a CA and certificates for mutual TLS in run/certs, or renew them
	@scripts/make-certs

demo: packages-run $(BUILD)/build.ninja ## Walk through a customer's journey in the running shop (PORT=8080)
	@scripts/build $(BUILD) shop-demo
	@$(BUILD)/monolith/demo/shop-demo --port $(PORT)

build: packages-all $(BUILD)/build.ninja ## Build everything
	@scripts/build $(BUILD) all

test: packages-all $(BUILD)/build.ninja ## Build everything and pass every test
	@scripts/build $(BUILD) all
	@ctest --test-dir $(BUILD) --output-on-failure --parallel $$(($(JOBS) + 1)) --no-tests=error

install: packages-run build/$(INSTALL_PRESET)/build.ninja ## Build the toolkit optimised and install it (PREFIX=/opt/seam)
	@scripts/build build/$(INSTALL_PRESET) toolkit/all
	@cmake --install build/$(INSTALL_PRESET) --prefix '$(PREFIX)' > build/install.log || \
	  { echo "make install: could not write to $(PREFIX); as its owner: make install PREFIX=$(PREFIX)" >&2; exit 1; }
	@echo "Installed in $(PREFIX); CMake finds it with -DCMAKE_PREFIX_PATH=$(PREFIX)"

generate: packages-all $(BUILD)/build.ninja ## Rewrite clients/ from proto/
	@scripts/build $(BUILD) generate
	@git status --short -- clients toolkit

contracts: packages-all $(BUILD)/build.ninja ## Refuse protos that old programs could not run together with
	@scripts/build $(BUILD) seam-tool
	@$(BUILD)/toolkit/tool/seam contracts proto toolkit/seam

bench: packages-bench ## Measure Seam against hand-written code; prints a table
	@mkdir -p build
	@cmake --preset bench > build/bench-configure.log 2>&1 || { cat build/bench-configure.log; exit 1; }
	@scripts/build build/bench seam-bench
	@build/bench/bench/seam-bench

soak: packages-all $(BUILD)/build.ninja ## Run the long forms of the fuzzing, fault and source checks
	@scripts/build $(BUILD) all
	@scripts/tidy $(BUILD)
	@tests/source/check_public_headers.sh . c++
	@SEAM_SOAK=1 ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -L soak

asan: packages-all ## Pass every test under the address and undefined-behaviour sanitizers
	@scripts/sanitize asan

tsan: packages-all ## Pass every test under the thread sanitizer
	@scripts/sanitize tsan

tidy: build ## Run clang-tidy on every source that changed since it was found clean
	@scripts/tidy $(BUILD)

format: packages-all ## Rewrite our sources in the repository's format
	@scripts/format --write

clean: ## Remove what was built (not the shop's data in run/)
	rm -rf build

packages-run:
	@scripts/install-packages run

packages-all:
	@scripts/install-packages all

packages-bench:
	@scripts/install-packages bench

build/release/build.ninja: CMakePresets.json
	@mkdir -p build
	@cmake --preset release > build/release-configure.log 2>&1 || { cat build/release-configure.log; exit 1; }

$(BUILD)/build.ninja: CMakePresets.json
	@mkdir -p build
	@cmake --preset dev > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
