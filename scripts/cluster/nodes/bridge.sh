#!/bin/sh
# bridge.sh ADDRESS READYFILE: process 1 of a cluster's namespaces: the network between its nodes.
set -eu
ip link set lo up
ip link add br0 type bridge
ip address add "$1/24" dev br0
ip link set br0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
# Nodes on one bridge would otherwise be told to speak past each other's pods.
echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects
echo 0 >/proc/sys/net/ipv4/conf/br0/send_redirects
echo ready >"$2"
# Reaps what others leave behind.
sleep infinity &
wait $!
