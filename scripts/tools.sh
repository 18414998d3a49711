#!/usr/bin/env bash
# Checks the three things a person brings, and brings the rest: the system's packages this part of the work needs.
#
#   tools.sh          what the server needs
#   tools.sh app      what the Tauri shell needs
#   tools.sh test     what the tests need beside both
set -euo pipefail

SERVER="build-essential pkg-config libssl-dev"
APP="libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev"
TEST="webkit2gtk-driver xvfb xauth dbus-x11 procps fonts-noto-cjk"
RUST_MIN=1.95
NODE_MIN=20.19

missing() {
    echo "$1" >&2
    exit 1
}

at_least() { # at_least 1.95 1.96.1
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

version() { # version cargo: the first number it says of itself
    "$1" --version 2>/dev/null | grep -o '[0-9][0-9.]*' | head -n 1
}

if [ "$(uname)" = Darwin ]; then
    advice="brew install rust node git"
else
    advice="https://rustup.rs, https://nodejs.org, apt install git"
fi
for need in "cargo $RUST_MIN Rust" "node $NODE_MIN Node" "git 0 git"; do
    read -r command least name <<<"$need"
    found=$(version "$command" || true)
    if [ -z "$found" ] || ! at_least "$least" "$found"; then
        missing "需要 $name $least 或更新版本（现有：${found:-无}）：$advice
$name $least or newer is needed (found: ${found:-none}): $advice"
    fi
done

wanted=$SERVER
case "${1:-}" in
app) wanted=$APP ;;
test) wanted="$APP $TEST" ;;
esac

# macOS brings its own web view and cryptography; elsewhere the packages go by other names.
if ! command -v apt-get >/dev/null; then
    [ "$(uname)" = Darwin ] || echo "no apt here; these Debian packages are needed by other names: $wanted" >&2
    exit 0
fi

installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

lacking=
for package in $wanted; do installed "$package" || lacking="$lacking $package"; done
# Ubuntu's chromium is a snap, which no test can drive; Playwright then brings its own (test.sh).
if [ "${1:-}" = test ] && ! command -v chromium google-chrome >/dev/null && apt-cache show chromium >/dev/null 2>&1; then
    lacking="$lacking chromium"
fi
[ -n "$lacking" ] || exit 0

echo "正在安装系统软件包 · installing system packages:$lacking"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$sudo apt-get install -y -qq --no-install-recommends $lacking >/dev/null
