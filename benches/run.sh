#!/usr/bin/env bash
# Measure every promised figure and print it beside its bound.
#
#   benches/run.sh                     all of them, about ten minutes on two cores
#   benches/run.sh cold memory         some; the names are in benches/figures/main.rs
#   benches/run.sh --record            all, and keep them in docs/benchmarks.md
#
# Builds the release binary; fetches protoc and etcd into target/tools/ like
# tests/run.sh. An idle machine is part of the measurement.
set -euo pipefail

cd "$(dirname "$0")/.."

.ci/tools protoc etcd
export PROTOC=${PROTOC:-${METACTL_TOOLS_DIR:-$PWD/target/tools}/bin/protoc}

exec cargo bench --locked --bench figures -- "$@"
