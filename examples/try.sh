#!/usr/bin/env bash
# Build metactl, create a cluster from the sample app, and look at it.
#
# Needs Rust and a Debian system (or protoc on the PATH); no root. Everything
# it makes is below the build folder, the store of the trial too, so that your
# own store stays as it is. Running it again keeps the cluster that is there.
set -euo pipefail

cd "$(dirname "$0")/.."
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")
app=examples/queue
cluster=cl-demo

say() { printf '\n%s\n' "$*" >&2; }
show() { printf '\n$ %s\n' "$*" && "$@"; }

if [[ -z ${PROTOC:-} ]] && ! command -v protoc >/dev/null; then
    .ci/tools protoc
    export PROTOC=${METACTL_TOOLS_DIR:-$PWD/target/tools}/bin/protoc
fi

say "Building metactl; the first time, with all dependencies, takes about five minutes on two cores."
cargo build --release --locked

# Whatever the shell has set for a store of its own plays no part here.
unset "${!METACTL_@}"
mkdir -p "$build/try"
export METACTL_ENDPOINT=file:$build/try/metadata.db
export PATH=$build/release:$PATH

if metactl cluster show "$cluster" >/dev/null 2>&1; then
    say "The cluster $cluster of an earlier run is still there."
else
    show metactl cluster create --id "$cluster" --app "$app"
fi
show metactl tree "$cluster"
show metactl get /self/host/ip

cat <<END

Try next, in this folder:

  export PATH="$build/release:\$PATH" METACTL_ENDPOINT="$METACTL_ENDPOINT"

  metactl put /self/host/attributes/greeting hello       # write, through the node's own view
  metactl watch /$cluster/env                            # and in a second terminal:
  metactl put /$cluster/env/motd "back at noon"
  metactl scale out shard --count 1 --dry-run            # what adding nodes would do, phase by phase
  metactl dump $cluster -o yaml                          # the whole cluster, as a file that import takes

A whole life of it, with agents that run the package's commands: docs/rehearsal.md
END
