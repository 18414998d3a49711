#!/usr/bin/env bash
# Everything that can be checked, cheapest first. One set of features for every cargo call, so that nothing is built twice.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

ALL="--workspace --all-targets --features rounds-tests/desktop"
# Both end with the command they are given.
DISPLAY_AND_BUS=(xvfb-run --auto-servernum --server-args='-screen 0 800x1000x24' dbus-run-session --)
if [ "$(uname)" = Darwin ]; then
    echo "macOS has no WebDriver for an app's web view: the desktop test is left out"
    ALL="--workspace --all-targets"
    DISPLAY_AND_BUS=(env)
fi

own_browser() {
    command -v chromium google-chrome >/dev/null || npx --no playwright install --with-deps chromium
}

rust_tests() {
    local run=test
    if cargo nextest --version >/dev/null 2>&1; then run="nextest run"; fi
    # shellcheck disable=SC2086 # lists of words
    "${DISPLAY_AND_BUS[@]}" cargo $run $ALL
}

# Types and clients that are generated and committed: the tests write them again, which must change nothing.
generated() {
    git ls-files --cached --others --exclude-standard -- '*/generated/*' | sort -u | git hash-object --stdin-paths
}

unchanged() {
    [ "$1" = "$(generated)" ] || {
        git status --short -- '*/generated/*' >&2
        echo "generated files were stale and are fresh now: commit them" >&2
        return 1
    }
}

step "packages" scripts/tools.sh test
step "npm packages" make --no-print-directory modules
step "browser" own_browser
step "form" cargo fmt --all --check
step "form of the web sides" npm run --silent lint
step "types of the web sides" npm run --silent check
step "vitest" npm run --silent test
step "screens" make --no-print-directory console client
# shellcheck disable=SC2086
step "clippy" cargo clippy --quiet $ALL -- -D warnings
# shellcheck disable=SC2086
step "build" cargo build --quiet $ALL
before=$(generated)
step "Rust tests" rust_tests
step "generated files" unchanged "$before"
step "browser tests" npm run --silent e2e -w tests/e2e
step_report
