#!/bin/sh
# collect-runtime.sh TARGET PACKAGES: puts what Node needs to run into TARGET, and nothing else: the
# program, the shared libraries it and the native parts of PACKAGES ask for, the name service's
# libraries, and an account without a shell. Fails when a library cannot be found.
set -eu
target=$1
packages=$2
node=$(command -v node)

copy() {
  mkdir -p "$target$(dirname "$1")"
  [ -e "$target$1" ] || cp -L "$1" "$target$1"
}

libraries() {
  found=$(ldd "$1" 2>&1) || return 0
  if printf '%s\n' "$found" | grep -q 'not found'; then
    printf '%s needs what is not there:\n%s\n' "$1" "$found" >&2
    return 1
  fi
  printf '%s\n' "$found" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'
}

mkdir -p "$target/usr/local/bin" "$target/etc" "$target/tmp" "$target/home"
cp -L "$node" "$target/usr/local/bin/node"
find "$packages" \( -name '*.node' -o -name '*.so' -o -name '*.so.*' \) -type f >/tmp/native
for file in "$node" $(cat /tmp/native); do
  for library in $(libraries "$file"); do
    case $library in "$packages"/*) ;; *) copy "$library" ;; esac
  done
done
for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
  for folder in /lib /lib64 /usr/lib "/lib/$(uname -m)-linux-gnu"; do
    [ -e "$folder/$library" ] && copy "$folder/$library"
  done
done
echo 'hosts: files dns' >"$target/etc/nsswitch.conf"
echo 'rarity:x:10001:10001::/tmp:/sbin/nologin' >"$target/etc/passwd"
echo 'rarity:x:10001:' >"$target/etc/group"
chmod 1777 "$target/tmp"
