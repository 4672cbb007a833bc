#!/usr/bin/env bash
# Measure every promised figure and print it beside its bound.
#
#   benches/run.sh                     all of them, about twenty minutes on two cores
#   benches/run.sh cold memory         some; the names are in benches/figures/main.rs
#   benches/run.sh --record            all, and keep them in docs/benchmarks.md
#   benches/run.sh --small serve       with a hundredth of the load, to see that it works
#
# Builds the release binary; fetches protoc, etcd, nginx and wrk into target/tools/
# like tests/run.sh. An idle machine is part of the measurement.
set -euo pipefail

cd "$(dirname "$0")/.."

.ci/tools protoc etcd nginx wrk
export PROTOC=${PROTOC:-${METACTL_TOOLS_DIR:-$PWD/target/tools}/bin/protoc}

exec cargo bench --locked --bench figures -- "$@"
