#!/usr/bin/env bash
# The demo city, and the inspectors' app beside it where there is a display. Ctrl-C ends both; .data/ keeps what happened.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

port_is_free() {
    if ! answers; then return; fi
    echo "端口 $PORT 已被占用：请先停止占用它的程序（也许巡访已在运行），或换一个端口：make run PORT=8081
Port $PORT is taken: stop the program that uses it (Rounds may already be running), or choose another: make run PORT=8081" >&2
    exit 1
}

# Asked before anything is built, and again when the build is over.
port_is_free
step "系统 · system" scripts/tools.sh
step "督导台 · console" make --no-print-directory console
step "服务器 · server" cargo build --quiet -p rounds-server
port_is_free
"${CARGO_TARGET_DIR:-target}"/debug/rounds-server serve --demo --data .data/city --listen "127.0.0.1:$PORT" &
server=$!
trap 'kill -TERM $server 2>/dev/null || true; wait $server || true' EXIT
trap 'exit 130' INT TERM

# The accounts are said before the app is built, and a server that cannot start has said why.
serves() {
    (exec 3<>"/dev/tcp/127.0.0.1/$PORT" && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && read -r _ <&3) 2>/dev/null
}
until serves; do
    kill -0 $server 2>/dev/null || exit 1
    sleep 0.1
done

# Without the app the console still works: its failure is told, and the server stays.
scripts/app.sh || echo "巡访员应用未打开，督导台仍可使用 · the inspectors' app is not open, the console still works: make app" >&2
wait $server
