#!/bin/sh
# Makes the recordings of this folder again from sentences.json. Needs flite (apt-get install -y flite) and Node 24.
# Only needed after a change of the sentences: the recordings are committed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
command -v flite >/dev/null || { echo 'flite is missing: apt-get install -y flite' >&2; exit 1; }
exec node "$here/render-recordings.ts" "$here"
