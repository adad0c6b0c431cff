# SPDX-License-Identifier: Apache-2.0
#
# The tasks of this repository. "make" or "make help" lists them.

DOCS ?= Samples
NODES ?= 2
PORT ?= 8080
ADMIN_PORT ?= 8081
N ?=
PICTURES ?=
BLESS ?=
KIND ?= pdf

export PKG_CONFIG_PATH := $(CURDIR)/.pdfium/lib/pkgconfig:$(PKG_CONFIG_PATH)

SWIFT_BUILD := swift build --explicit-target-dependency-import-check error
RELEASE := .build/release
# Tests that wait for limits of time would notice if all tests began at once on two processors. Not every toolchain can
# be told.
TEST_WIDTH = $(shell swift test --help-hidden 2>/dev/null | \
    sed -n 's/.*\(--experimental-maximum-parallelization-width\).*/\1 4/p' | head -n 1)
# Not the links to the product's sources.
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Package.swift \
    $(shell find Benchmarks/Sources -mindepth 1 -maxdepth 1 -type d) Benchmarks/Micro/Package.swift \
    Benchmarks/Micro/Benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup build serve scale status test check-image fidelity bless format lint bench bench-routing \
    bench-events bench-peers bench-micro simulate fuzz fuzz-http clean

help: ## This list
	@echo "Recto: documents in a browser, without the documents leaving the server."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  DOCS=folder NODES=2 PORT=8080 ADMIN_PORT=8081 apply to serve, N=3 to scale."

setup: ## Install what is missing: Debian's packages and PDFium
	@scripts/bootstrap

build: setup .build/release.built ## Build the optimised programs

# Asking the package manager whether something changed takes seconds; file times take none.
.build/release.built: Package.swift $(shell find Sources -type f) | setup
	@echo "Building the optimised programs; the first time this takes some minutes." >&2
	@scripts/stage-pdfium release
	@$(SWIFT_BUILD) -c release
	@touch $@

serve: build ## Run the whole cluster on the sample documents, or on DOCS=folder
	@exec $(RELEASE)/recto serve --archive "$(DOCS)" --nodes $(NODES) --port $(PORT) --admin-port $(ADMIN_PORT)

scale: ## Set the number of render nodes of a running cluster: make scale N=3
	@test -n "$(N)" || { echo "Say how many: make scale N=3" >&2; exit 2; }
	@$(RELEASE)/recto scale $(N) --admin http://127.0.0.1:$(ADMIN_PORT)

status: ## Show the members of a running cluster
	@$(RELEASE)/recto status --admin http://127.0.0.1:$(ADMIN_PORT)

test: ## Install what the tests need, build, and run every test
	@scripts/bootstrap test
	@echo "Building the tests; the first time this takes some minutes." >&2
	@scripts/stage-pdfium debug
	@$(SWIFT_BUILD) --build-tests
	@scripts/run-tests --parallel $(TEST_WIDTH) --skip EndToEndTests
	@scripts/run-end-to-end-tests

check-image: ## Play the container image's steps through in a bare Debian tree, with the programs of make test
	@scripts/bootstrap test
	@scripts/check-image

fidelity: build ## Compare pictures with their engines, tiles with whole pages, and all with the golden digests
	@scripts/bootstrap test
	@scripts/fidelity

bless: build ## Write the golden digests anew from what is shown now
	@scripts/bootstrap test
	@scripts/fidelity --bless

fuzz: build ## Feed a worker mutated documents for a minute: make fuzz DOCS=folder KIND=pdf
	@scripts/stage-pdfium release
	@$(SWIFT_BUILD) -c release --product recto-fuzz
	@$(RELEASE)/recto-fuzz "$(DOCS)" --kind $(KIND) --seconds 60 --found .build/fuzz-found

fuzz-http: ## Look for a message that our scanner and NIOHTTP1 frame differently, for a minute
	@$(SWIFT_BUILD) -c release --product recto-fuzz-http
	@$(RELEASE)/recto-fuzz-http --seconds 60

format: ## Format the Swift sources in place
	@swift format format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## Check the format and the rules
	@swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	@scripts/check-tree

bench: build ## Measure, beside what others do; figures go to docs/performance.md
	@Benchmarks/run

bench-routing: build ## Sticky against round-robin on real clusters: QUICK=1 for two minutes, FULL=1, SWEEPS=all, DOCS=folder
	@scripts/bootstrap bench
	@$(if $(QUICK),rm -rf Benchmarks/reports/routing-quick)
	@cd Benchmarks && swift build -c release --product recto-bench && \
	    exec .build/release/recto-bench routing --documents "$(abspath $(DOCS))" $(if $(QUICK),--quick) \
	    $(if $(FULL),--full) $(if $(SWEEPS),--sweeps $(SWEEPS))

bench-events: build ## What readers notice of nodes, routers and portals that come, go and die: DOCS=folder
	@cd Benchmarks && swift build -c release --product recto-bench && \
	    .build/release/recto-bench scale-events --documents "$(abspath $(DOCS))" && \
	    .build/release/recto-bench failures --documents "$(abspath $(DOCS))"

bench-peers: build ## Recto beside a Python tile server, HAProxy, nginx and iipsrv: QUICK=1, DOCS=folder, PICTURES=folder
	@scripts/bootstrap bench
	@cd Benchmarks && swift build -c release --product recto-bench && \
	    .build/release/recto-bench peers --documents "$(abspath $(DOCS))" --pictures "$(abspath $(PICTURES))" \
	    $(if $(QUICK),--quick)

bench-micro: setup ## Policies, paths, cache, heads and encoders by themselves; BLESS=1 keeps the figures to compare with
	@python3 Benchmarks/micro.py $(if $(BLESS),--bless)

simulate: ## Compare our policies with ring hash, Maglev and others; results go to Benchmarks/reports
	@cd Benchmarks && swift build -c release --product recto-bench && .build/release/recto-bench simulate

clean: ## Remove everything that was built, but not PDFium
	@rm -rf .build Benchmarks/.build Benchmarks/Micro/.build
