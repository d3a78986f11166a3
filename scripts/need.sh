#!/bin/sh
# Makes sure that programs outside Python are here: `sh scripts/need.sh postgresql chromium dovecot`.
# On Debian as root what is missing is installed; elsewhere it is named, and the run ends.
set -eu

present() {
    case $1 in
        postgresql)
            command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return
            for bin in /usr/lib/postgresql/*/bin; do
                if [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ]; then return; fi
            done
            return 1
            ;;
        chromium) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ;;
        dovecot) command -v dovecot >/dev/null 2>&1 || [ -x /usr/sbin/dovecot ] ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# Debian's package where it is called differently.
package() {
    case $1 in
        dovecot) echo dovecot-imapd ;;
        dot) echo graphviz ;;
        *) echo "$1" ;;
    esac
}

list_missing() {
    for name in "$@"; do
        present "$name" || printf '%s ' "$(package "$name")"
    done
}

missing=$(list_missing "$@")
missing=${missing% }
if [ -z "$missing" ]; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing from Debian's packages: $missing …"
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of package names
    if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } </dev/null >"$log" 2>&1; then
        tail -n 15 "$log" >&2
    fi
    rm -f "$log"
    missing=$(list_missing "$@")
    missing=${missing% }
    if [ -z "$missing" ]; then exit 0; fi
fi
echo "Missing here: $missing – the tests need it. On Debian or Ubuntu: sudo apt-get install --no-install-recommends $missing" >&2
exit 1
