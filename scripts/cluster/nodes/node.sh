#!/bin/sh
# node.sh FOLDER ADDRESS GATEWAY READYFILE: process 1 of a node's namespaces. Kubelet and containerd
# write to /run, to /var and to settings of the kernel: here they get copies of their own.
set -eu
mount -t tmpfs tmpfs /run
mkdir -p "$1/var/upper" "$1/var/work"
mount -t overlay overlay -o "lowerdir=/var,upperdir=$1/var/upper,workdir=$1/var/work" /var
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1; do
  copy="$1/$(basename "${setting%=*}")"
  echo "${setting#*=}" >"$copy"
  mount --bind "$copy" "/proc/sys/${setting%=*}"
done
ip link set lo up
tries=0
until ip link show eth0 >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 500 ] || exit 1
  sleep 0.02
done
ip address add "$2/24" dev eth0
ip link set eth0 up
ip route add default via "$3"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo ready >"$4"
sleep infinity &
wait $!
