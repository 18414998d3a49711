#!/usr/bin/env bash
# Builds and opens the inspectors' app. Each PROFILE is a device of its own under .data/.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

if [ "$(uname)" != Darwin ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "此处没有显示器：在有显示器的机器上运行 make app 打开巡访员应用，make app PROFILE=b 打开第二名巡访员的应用。
There is no display here: on a machine with one, make app opens the inspectors' app and make app PROFILE=b a second inspector's." >&2
    exit 1
fi

step "系统 · system" scripts/tools.sh app
step "应用界面 · app screens" make --no-print-directory client
step "应用 · app" cargo build --quiet -p rounds-app
ROUNDS_APP_DATA=".data/app-$PROFILE" exec "${CARGO_TARGET_DIR:-target}"/debug/rounds-app
