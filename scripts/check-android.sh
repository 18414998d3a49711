#!/usr/bin/env bash
# Type-checks the whole inspectors' app for phones (aarch64-linux-android), on a Debian without Android's SDK and NDK: the
# standard library is checked from the distribution's sources, and C is not compiled at all. Nothing is linked or run.
set -euo pipefail
cd "$(dirname "$0")/.."

RUST=1.96.0
TARGET=aarch64-linux-android
made=$PWD/target/android
root=$made/rust-$RUST
mkdir -p "$made"

# A compiler with the sources of its library; rustup's stable has none. It is unpacked here and installed nowhere.
if [ ! -e "$root/usr/bin/rustc" ]; then
  packages=$(mktemp -d)
  trap 'rm -rf "$packages"' EXIT
  (cd "$packages" && apt-get -qq download "rustc-web=$RUST*" "rust-web-src=$RUST*" "libstd-rust-web-${RUST%.*}=$RUST*" \
    "libstd-rust-web-dev=$RUST*" libllvm22)
  for package in "$packages"/*.deb; do dpkg -x "$package" "$root.part"; done
  mv "$root.part" "$root"
fi

cat > "$made/rustc" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu exec $root/usr/bin/rustc "\$@"
WRAPPER

# Build scripts ask the C compiler who it is, and want what it was told to make; what it makes is never looked at.
cat > "$made/cc" <<'STUB'
#!/bin/sh
for argument in "$@"; do
  case $argument in
    -E) exec gcc "$@" ;;
    -\?) exit 1 ;;
  esac
done
while [ $# -gt 0 ]; do
  case $1 in
    -o) : > "$2"; shift ;;
  esac
  shift
done
STUB
chmod +x "$made/rustc" "$made/cc"

# The page is part of the binary.
[ -e client/dist/index.html ] || { mkdir -p client/dist && : > client/dist/index.html; }

# An APK is linked with a libcrypto that is built for it. Here this machine's headers and empty libraries stand in.
mkdir -p "$made/openssl" && : > "$made/openssl/libssl.a" && : > "$made/openssl/libcrypto.a"
export OPENSSL_NO_VENDOR=1 OPENSSL_STATIC=1 OPENSSL_LIB_DIR=$made/openssl OPENSSL_INCLUDE_DIR=/usr/include
export RUSTC_BOOTSTRAP=1 RUSTC=$made/rustc CARGO_TARGET_DIR=$made/target
export CC_aarch64_linux_android=$made/cc CXX_aarch64_linux_android=$made/cc AR_aarch64_linux_android=ar
# A newer compiler's lints are not this check.
exec cargo +nightly check --quiet -Z build-std --target $TARGET -p rounds-app --lib --locked "$@"
