#!/bin/sh
# install-packages.sh WORKSPACE...: the production dependencies of these workspaces as the lockfile
# pins them, in /packages, without install scripts and without what only people and compilers read.
set -eu
arguments=
for workspace in "$@"; do arguments="$arguments --workspace=@rarity/$workspace"; done
# shellcheck disable=SC2086 # one argument a workspace
npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error $arguments
find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
rm -rf node_modules/.bin node_modules/.package-lock.json
# A workspace has a folder of its own where its version of a package is not the common one.
mkdir /packages
find . -name node_modules -type d -prune | tar -cf - -T - | tar -xf - -C /packages
