#!/bin/sh
# Development images only. Runs a program from a copy of the sources under /tmp, the one place that may be
# written, and again whenever a file of it changes: the dev loop puts changed files there.
set -eu
target=/tmp/app
mkdir -p "$target/node_modules"
for folder in services operator crds; do
  if [ -d "/app/$folder" ]; then cp -R "/app/$folder" "$target/"; fi
done
cp /app/package.json "$target/"
# Packages stay where they are; our own are links beside the sources, and point at the copy.
for entry in /app/node_modules/*; do
  [ "$entry" = /app/node_modules/@rarity ] || ln -sfn "$entry" "$target/node_modules/"
done
cp -RP /app/node_modules/@rarity "$target/node_modules/"
cd "$target"
exec node --watch --watch-preserve-output "$@"
