#!/bin/sh
# namespace.sh PIDFILE COMMAND [ARG...]: runs COMMAND as process 1 of network, mount and process
# namespaces of its own; ended, it takes everything in them along. PIDFILE names the process by which
# others enter. It is written before the namespaces are there: wait for what COMMAND writes when it has begun.
set -eu
echo $$ >"$1"
shift
exec unshare --net --mount --pid --fork --mount-proc --kill-child --propagation private "$@"
