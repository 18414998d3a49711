#!/usr/bin/env bash
# Fuzzers. What stops one is kept in fuzz/artifacts, what reaches further than before in fuzz/target/found.
#
#   fuzz.sh SECONDS [NAME]   runs each for so long, or one
#   fuzz.sh keep NAME        takes the smallest of what was found over into fuzz/corpus
set -euo pipefail
cd "$(dirname "$0")/.."

# cargo-fuzz wants flags that the one toolchain has and hides.
export RUSTC_BOOTSTRAP=1
# Those that bring the whole server.
SERVER="message backup picture tus"
# Largest file that is kept, in bytes, and most files of one fuzzer.
KEPT_BYTES_MAX=2048
KEPT_MAX=40

names() { sed -n '/^\[\[bin\]\]/,$ s/^name = "\([a-z]*\)"$/\1/p' fuzz/Cargo.toml; }

features_of() {
    if [[ " $SERVER " == *" $1 "* ]]; then echo "--features server"; fi
}

run() { # run NAME ARGUMENT… : libFuzzer's
    local name=$1
    shift
    # shellcheck disable=SC2046 # a list of words, or none
    cargo fuzz run --release $(features_of "$name") "$name" "$@"
}

fuzz() { # fuzz NAME SECONDS
    local found=fuzz/target/found/$1 seeds=fuzz/target/seeds/$1
    mkdir -p "$found" "$seeds" "fuzz/corpus/$1"
    # shellcheck disable=SC2046
    cargo run --quiet -p rounds-hostile $(features_of "$1") -- --seeds "$1" "$seeds"
    printf '\n== %s, %s s\n' "$1" "$2"
    run "$1" "$found" "fuzz/corpus/$1" "$seeds" -- \
        -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 -verbosity=0
}

keep() { # keep NAME
    local least=fuzz/target/least/$1
    rm -rf "$least"
    mkdir -p "$least"
    run "$1" "$least" "fuzz/corpus/$1" "fuzz/target/found/$1" -- -merge=1 -max_len="$KEPT_BYTES_MAX" -verbosity=0
    find "$least" -type f -printf '%s %p\n' | sort -n | head -n "$KEPT_MAX" | cut -d' ' -f2- |
        xargs -r cp -t "fuzz/corpus/$1"
}

command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz --version 0.13.2
if [ "$1" = keep ]; then
    keep "$2"
else
    for name in ${2:-$(names)}; do fuzz "$name" "$1"; done
fi
