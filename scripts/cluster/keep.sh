#!/bin/sh
# keep.sh COMMAND [ARG...]: runs COMMAND, and ends it at once when standard input closes: whoever
# holds the other end has stopped or died. Exits with the command's own code. KEEP_SIGNAL=TERM asks it
# to end in its own time.
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{
  read -r _ <&3 || true
  kill -"${KEEP_SIGNAL:-9}" "$child" 2>/dev/null
} &
watcher=$!
exec 3<&- </dev/null
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
