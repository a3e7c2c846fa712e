# Everything that is done with this repository. `make` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION = $(shell scripts/version)
# Kept apart from the rules: what was built stays as it is until a source changes. Without symbols and what debuggers
# read (-s -w) the program has half the size; stacks in messages stay readable.
LDFLAGS = -s -w -X github.com/upright-media/upright/internal/release.version=$(VERSION)
# gRPC, which libraries of clouds bring along, would trace by pages made with html/template, which calls methods by
# their names: the linker would leave all methods in, and the program would be a third larger (TestSizes). For tests,
# too, so that nothing is compiled twice.
export GOFLAGS := $(strip $(GOFLAGS) -tags=grpcnotrace)
BIN := build/upright
LEAN := build/lean/upright
PLUGIN := build/libgstupright.so
GO_FILES := $(shell find . -name '*.go' -not -path './build/*') $(shell find . -name '*.[ch]' -not -path './build/*') go.mod go.sum

EXAMPLE := testdata/rot-h264-90
PREFIX ?= /usr/local
LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## list these targets
	@echo 'Upright turns raw Janus recordings (.mjr) into finished, upright, in-sync video files.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what building and testing needs (Debian, Ubuntu), nothing if it is there
	@scripts/setup

.PHONY: run
run: setup $(BIN) ## start the daemon on ./recordings, with a recording that comes with the source in it
	@scripts/run-example $(BIN) $(EXAMPLE)

.PHONY: build
build: setup $(BIN) $(LEAN) ## build/upright, the program, and build/lean/upright, which converts only

$(BIN): $(GO_FILES)
	go build -ldflags '$(LDFLAGS)' -o $@ ./cmd/upright

# What packages install as the command: it converts, and runs the other one for everything else (cmd/upright/lean.go).
# The linker leaves out functions of C that nothing refers to (--gc-sections): a hundredth of it.
$(LEAN): $(GO_FILES)
	go build -tags lean -ldflags '$(LDFLAGS) -extldflags=-Wl,--gc-sections' -o $@ ./cmd/upright

.PHONY: plugin
plugin: setup $(PLUGIN) ## build/libgstupright.so, the elements for gst-launch-1.0 and other programs

# The header that c-shared writes is of no use to anyone: the plugin's one symbol is known by name.
$(PLUGIN): $(GO_FILES)
	go build -buildmode=c-shared -ldflags '$(LDFLAGS)' -o $@ ./cmd/gstupright
	@rm -f $(@:.so=.h)

.PHONY: deb
deb: setup ## build/upright_VERSION_ARCH.deb, which installs on Debian 12 and 13 and Ubuntu 24.04
	@$(MAKE) --no-print-directory -B $(BIN) $(LEAN) $(PLUGIN)
	@scripts/package/build deb "$(VERSION)" $(BIN) $(LEAN) $(PLUGIN)

.PHONY: tarball
tarball: setup ## build/upright-VERSION-linux-ARCH.tar.gz, the same files for other systems
	@$(MAKE) --no-print-directory -B $(BIN) $(LEAN) $(PLUGIN)
	@scripts/package/build tarball "$(VERSION)" $(BIN) $(LEAN) $(PLUGIN)

.PHONY: install
install: $(BIN) $(LEAN) $(PLUGIN) ## install what was built below PREFIX=/usr/local
	install -D $(LEAN) $(DESTDIR)$(PREFIX)/bin/upright
	install -D $(BIN) $(DESTDIR)$(PREFIX)/libexec/upright/upright-whole
	install -D -m 0644 $(PLUGIN) $(DESTDIR)$(PREFIX)/lib/gstreamer-1.0/libgstupright.so

.PHONY: test
test: setup $(BIN) $(LEAN) $(PLUGIN) ## format check, vet and all tests, quick ones first
	@scripts/setup test
	@UPRIGHT_PROGRAM=$(abspath $(BIN)) UPRIGHT_LEAN_PROGRAM=$(abspath $(LEAN)) scripts/test $(PLUGIN)

.PHONY: test-pure
test-pure: ## only what needs no GStreamer: seconds, and Go alone is enough
	@scripts/test pure

.PHONY: lint
lint: setup ## golangci-lint with .golangci.yml
	go run $(LINT) run ./...

.PHONY: vuln
vuln: ## look for known vulnerabilities in what Upright calls
	@scripts/vuln

.PHONY: sbom
sbom: setup $(BIN) ## build/upright.cdx.json, the bill of materials of build/upright
	@scripts/sbom $(BIN) $(BIN).cdx.json

.PHONY: pages
pages: ## write the Go code of the pages, after a change of a .templ file
	@go run ./scripts/pages

.PHONY: notice
notice: ## write into NOTICE which Go modules are linked, and their licences
	@go run ./scripts/notice

.PHONY: bench
bench: ## measure, against janus-pp-rec and ffmpeg
	@scripts/setup bench
	@$(MAKE) --no-print-directory $(BIN) $(LEAN)
	@scripts/bench

.PHONY: score
score: setup $(BIN) ## look at the pictures and the sound of a corpus of recordings, if it is there (CASES=…)
	@scripts/score $(abspath $(BIN)) $(CASES)

.PHONY: clean
clean: ## remove what was built and converted here
	rm -rf build out
