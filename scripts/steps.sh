# shellcheck shell=bash
# Sourced: `step NAME COMMAND…` runs the command and says the seconds it took.

STEPS=()

step() {
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@"
    STEPS+=("$(printf '%5d s  %s' $((SECONDS - began)) "$name")")
    printf '== %s: %d s\n' "$name" $((SECONDS - began))
}

step_report() {
    printf '\n'
    printf '%s\n' "${STEPS[@]}"
    printf '%5d s  %s\n' "$SECONDS" "all"
}
