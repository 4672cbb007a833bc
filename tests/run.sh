#!/usr/bin/env bash
# Fetch what the tests need into target/tools/ and run all of them.
#
#   tests/run.sh                 the short forms, as for every change
#   tests/run.sh --long          fault tests, random trials and races at full length
#   tests/run.sh [--long] -- …   with words for `cargo test`: a name, --nocapture
#
# Needs Rust and a Debian system (or, on another one, what `.ci/tools` unpacks on
# the PATH); no root, and nothing outside this folder is touched.
set -euo pipefail

cd "$(dirname "$0")/.."

while [[ $# -gt 0 ]]; do
    case $1 in
    --long) export METACTL_TEST_LONG=1 ;;
    --) shift && break ;;
    *) echo "usage: tests/run.sh [--long] [-- WORDS FOR CARGO TEST]" >&2 && exit 2 ;;
    esac
    shift
done

.ci/tools protoc etcd curl google-auth cloud-init
export PROTOC=${PROTOC:-${METACTL_TOOLS_DIR:-$PWD/target/tools}/bin/protoc}

echo "tests: building and running all of them${METACTL_TEST_LONG:+, the long forms}" >&2
exec cargo test --locked "$@"
