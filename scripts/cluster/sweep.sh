#!/bin/sh
# sweep.sh FOLDER: removes FOLDER, and the control groups named as it is, when standard input closes.
# Those who write there end at the same moment, so it tries for five seconds.
read -r _ || true
groups() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$(basename "$1")" 2>/dev/null; }
tries=0
until rm -rf "$1" 2>/dev/null && [ -z "$(groups "$1")" ] || [ "$tries" -ge 50 ]; do
  for group in $(groups "$1"); do
    find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
  done
  tries=$((tries + 1))
  sleep 0.1
done
