#!/bin/sh
# link.sh NAME PID ADDRESS PODS: a cable from the bridge to the node NAME, whose namespaces PID is
# about to make, and the route to its pods.
set -eu
tries=0
until [ "$(readlink "/proc/$2/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 500 ] || exit 1
  sleep 0.02
done
ip link add "$1" type veth peer name eth0 netns "$2"
ip link set "$1" master br0 up
ip route replace "$4" via "$3"
