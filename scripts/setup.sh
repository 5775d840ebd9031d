#!/bin/sh
# Makes .venv ready, on a machine that has nothing but Python 3.11 or later.
#
#   sh scripts/setup.sh base    what `cds` itself needs
#   sh scripts/setup.sh dev     and what the tests, the linters and the build need
#
# PYTHON=… chooses the interpreter. As root on Debian it installs what is missing;
# elsewhere it says what to run and stops.
set -eu
cd "$(dirname "$0")/.."

what=${1:-base}
recent='import sys; sys.exit(sys.version_info < (3, 11))'

stop() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

debian_packages() {
    if ! command -v apt-get >/dev/null 2>&1; then
        case $(uname -s) in
            Darwin) stop "missing: $*" "run: brew install pango" ;;
            *) stop "missing, by their Debian names: $*" "install them with this system's package manager" ;;
        esac
    elif [ "$(id -u)" -ne 0 ]; then
        stop "missing: $*" "run: sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    else
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    fi
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$recent" >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    stop "no Python 3.11 or later found${PYTHON:+ under the name $PYTHON}" \
        "install one, or name it: make PYTHON=/path/to/python3 …"
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        debian_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    "$python" -m venv --clear .venv
}

# WeasyPrint loads Pango when it is imported, and warns where HarfBuzz-Subset is missing.
pdf_libraries_load() {
    .venv/bin/python -W ignore -c 'import sys; from weasyprint.text import ffi; sys.exit(ffi.harfbuzz_subset is None)' \
        >/dev/null 2>&1
}

if ! .venv/bin/python -c "$recent" >/dev/null 2>&1 || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi

case $what in
    base) target='.' ;;
    dev) target='.[dev]' ;;
    *) stop "unknown: $what (base or dev)" ;;
esac
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e "$target"

if ! pdf_libraries_load; then
    debian_packages libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    pdf_libraries_load || stop "WeasyPrint still cannot load Pango; see what this prints:" \
        ".venv/bin/python -c 'import weasyprint'"
fi

touch .venv/.base
if [ "$what" = dev ]; then touch .venv/.dev; fi
