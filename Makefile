# The two commands of the README are `make demo` and `make test`; the others are their parts.
SWIFT ?= swift
PYTHON ?= python3
# Swift's own vector code follows the processor; BLAS chooses its kernels by itself.
RELEASE = -c release -Xcc -march=native
ifeq ($(shell uname -m),x86_64)
  # Compilers take half of an AVX-512 register unless told.
  RELEASE += -Xcc -mprefer-vector-width=512
endif
CLD = .build/release/cld-train

DEBIAN = libopenblas-dev liblapacke-dev libsndfile1-dev libmpg123-dev libsoxr-dev librubberband-dev libsqlite3-dev \
  libssl-dev liblinear-dev libsvm-dev zlib1g-dev pkg-config espeak-ng lame python3 python3-pip

# Only for training on several processes.
DEBIAN_MPI = libopenmpi-dev openmpi-bin
MPI = --traits default,MPI --build-path .build-mpi
CLD_MPI = .build-mpi/release/cld-train

.PHONY: setup setup-mpi build build-mpi test-mpi bench-scaling demo demo-data test lint docs docs-check interop fuzz clean bench bench-solver bench-solver-gap bench-solver-scaling \
  bench-encoders bench-encoders-mms bench-encoders-whisper bench-corpora bench-scores bench-heads bench-predict \
  bench-sweeps tables-demo

setup-mpi: DEBIAN += $(DEBIAN_MPI)
setup-mpi: setup

setup:
	@missing=; for package in $(DEBIAN); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi

build: setup
	$(SWIFT) build $(RELEASE) --product cld-train

# A build of its own, for `mpirun -n 4 .build-mpi/release/cld-train train …`: docs/scaling.md.
build-mpi: setup-mpi
	$(SWIFT) build $(RELEASE) $(MPI) --product cld-train

demo-data: setup
	$(PYTHON) Scripts/make-demo-corpus data/demo
	$(PYTHON) Scripts/fetch-whisper-base models/whisper-base

demo: build demo-data
	$(CLD) --config Configs/demo.json

# The paper's tables on the demo corpus; each says which of its parts cannot be had.
tables-demo: build demo-data
	$(CLD) tables $(patsubst %,--config %,$(wildcard Configs/tables/demo/*.json))

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

test: setup lint
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

# Real ranks: the build with MPI under mpirun, beside the one without.
test-mpi: build-mpi
	$(SWIFT) build --build-tests
	CLD_TRAIN_MPI=$(CURDIR)/$(CLD_MPI) $(SWIFT) test --skip-build --filter MPITests

# Peers come from PyPI into an environment of their own.
.venv-solver: Benchmarks/solver/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

bench-solver: build .venv-solver
	.venv-solver/bin/python Benchmarks/solver/bench.py $(BENCH)

# How long the certified gap takes at the model-card size.
bench-solver-gap: build .venv-solver
	.venv-solver/bin/python Benchmarks/solver/gap.py $(BENCH)

bench-solver-scaling: build .venv-solver
	.venv-solver/bin/python Benchmarks/solver/scaling.py $(BENCH)

.venv-scaling: Benchmarks/scaling/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

bench-scaling: build build-mpi .venv-scaling
	.venv-scaling/bin/python Benchmarks/scaling/bench.py $(BENCH)

.venv-encoders: Benchmarks/encoders/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

# Random checkpoints of mms-1b-all's shape (3.9 GB; LAYERS=4 makes a small one) and of whisper-small's.
LAYERS ?= 48
ENCODERS = .venv-encoders/bin/python Benchmarks/encoders

bench-encoders: bench-encoders-mms bench-encoders-whisper

bench-encoders-mms: build .venv-encoders
	$(ENCODERS)/make-checkpoint.py mms models/random-mms-$(LAYERS) --layers $(LAYERS)
	$(ENCODERS)/compare.py models/random-mms-$(LAYERS) $(BENCH)

bench-encoders-whisper: build .venv-encoders
	$(ENCODERS)/make-checkpoint.py whisper models/random-whisper-small
	$(ENCODERS)/compare.py models/random-whisper-small $(BENCH)

.venv-scores: Benchmarks/scores/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

bench-scores: build .venv-scores
	.venv-scores/bin/python Benchmarks/scores/compare.py $(BENCH)

.venv-sweeps: Benchmarks/sweeps/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

bench-sweeps: build .venv-sweeps
	.venv-sweeps/bin/python Benchmarks/sweeps/bench.py $(BENCH)

.venv-heads: Benchmarks/heads/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && touch $@

bench-heads: build .venv-heads
	.venv-heads/bin/python Benchmarks/heads/compare.py $(BENCH)

bench-predict: setup
	$(SWIFT) run $(RELEASE) head-latency $(BENCH)

bench-corpora: build
	$(PYTHON) Scripts/fetch-whisper-base models/whisper-base
	$(PYTHON) Benchmarks/corpora/bench.py --model models/whisper-base $(BENCH)

bench: bench-solver bench-encoders bench-corpora bench-scores bench-heads bench-predict bench-sweeps

# Heads and embeddings through the real Python packages and back; jaxcld without what only its training
# scripts need.
.venv-interop: Scripts/interop/requirements.txt
	$(PYTHON) -m venv $@ && $@/bin/pip install -q -r $< && $@/bin/pip install -q --no-deps jaxcld==0.2.4 && touch $@

interop: build .venv-interop
	.venv-interop/bin/python Scripts/interop/check.py $(CLD)

# The libraries' documentation, as a web site a module under .build/docs; a warning is an error.
DOCUMENTED = Cronos Embeddings Evaluation

docs: setup
	Scripts/build-docs $(DOCUMENTED)

# The commands that the README and docs/ show; the first time the demo's clips are encoded: ten minutes.
docs-check: build demo-data
	Scripts/check-docs

# libFuzzer on the readers of foreign files, so many seconds each; finds and corpus are kept.
FUZZ_SECONDS ?= 150
FUZZ_READERS = pickle npy npz safetensors

fuzz: setup
	Scripts/fuzz $(FUZZ_SECONDS) $(FUZZ_READERS)

clean:
	rm -rf .build
