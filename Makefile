# Everything here needs Go alone, but for cluster. `make check` is what CI runs.

GO ?= go
# From v3 on the compiler fuses products and sums, which gives other last bits.
export GOAMD64 = v1
VERSION ?=
LDFLAGS := -s -w $(if $(VERSION),-X vae/internal/cli.releaseVersion=$(VERSION))

.PHONY: build install test race check cluster torture fuzz soak bench bench-peers bench-maps bench-explore large lesson generate train

build: ## static binary bin/vae
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/vae ./cmd/vae

install: ## into GOBIN
	CGO_ENABLED=0 $(GO) install -trimpath -ldflags '$(LDFLAGS)' ./cmd/vae

test:
	$(GO) test ./...

race:
	GORACE=atexit_sleep_ms=0 $(GO) test -race -timeout 30m ./...

check: ## tests, formatting, vet, staticcheck, vulnerabilities, fuzzing, cross-builds
	bash .ci/run

cluster: ## trainings by MPI between two network namespaces; as root, with Open MPI or MPICH
	bash .ci/cluster

KILLS ?= 250
torture: ## trainings killed at any moment, disks that fill up, folders that go away
	$(GO) test ./cmd/vae -count 1 -timeout 2h -v -run 'TestTorture|TestWriteFails|TestFullDisk|TestFolder' -kills $(KILLS)

FUZZTIME ?= 1m
FUZZ ?=
fuzz: ## every fuzz target for FUZZTIME, or those that FUZZ names
	bash .ci/fuzz $(FUZZTIME) $(FUZZ)

SOAK ?= 1000
soak: ## so many times train, resume, sample and encode in one process, whose memory must stay flat
	$(GO) test ./internal/cli -run '^TestSoak$$' -count 1 -v -timeout 1h -soak $(SOAK)

bench: ## Go benchmarks, in the form that benchstat reads
	$(GO) test -p 1 -run '^$$' -bench . -skip '^BenchmarkExplore' -benchmem ./...

PYTHON ?= python3
MALLOC ?=
bench-peers: ## beside PyTorch, OpenBLAS and gonum; PYTHON may list several interpreters with commas between, MALLOC allocators that PyTorch is tried with
	$(GO) run ./internal/bench -python $(PYTHON) $(if $(MALLOC),-malloc $(MALLOC))

RUN ?=
POINTS ?=
bench-maps: ## beside openTSNE and umap-learn, of the run RUN or a default one; POINTS=5000 for fewer points
	$(GO) run ./internal/bench -what maps -python $(PYTHON) $(if $(RUN),-model $(RUN)) $(if $(POINTS),-points $(POINTS))

WHAT ?=
BENCHTIME ?= 5x
bench-explore: ## vae explore in Chromium, left out where there is none; WHAT=FirstPoints, Drag, Frame, Lasso or Memory for one thing, BENCHTIME=9x to do each nine times
	$(GO) test ./internal/cli -v -run '^$$' -bench '^BenchmarkExplore$(WHAT)' -benchtime $(BENCHTIME) -timeout 1h

LARGE ?= runs/large
IMAGES ?= 10000000
large: ## IMAGES digits as shards in LARGE, trained on for an epoch twice, with what that takes of memory (docs/cluster-data.md)
	docs/large.sh $(LARGE) $(IMAGES)

LESSON ?= runs/lesson
lesson: build ## the figures and pictures of docs/latent-spaces.md; the models go to LESSON, or lie there already
	PATH="$(CURDIR)/bin:$$PATH" docs/lesson.sh $(LESSON)

generate: ## the assembly of internal/kernel, from its avo generator
	$(GO) generate ./internal/kernel

train: ## the main job
	$(GO) run ./cmd/vae train --latent 20
