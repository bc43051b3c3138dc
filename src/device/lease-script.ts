/**
 * The program that keeps a lease on a device, for any POSIX shell (dash, mksh, busybox, bash). Leases have ascending numbers; the highest one counts, so that
 * a stale one is taken over by making the next, which only one of many can do: a symbolic link is made whole or not at all, everywhere (Android lets its
 * shell make no hard links), and its target is the lease's text. A lease is never removed before there is a higher one.
 *
 * `$1` folder, `$2` what to do:
 *
 * | does | arguments | says |
 * |---|---|---|
 * | `look` | | the state: `now UPTIME BOOT`, and where there is a lease `lease N TEXT`, `beat BOOT UPTIME` (its last renewal) and `free` (it was given back) |
 * | `take` | N TEXT | `won`, or the state |
 * | `renew` | N TEXT | `kept`, or the state |
 * | `free` | N TEXT | nothing |
 */
export const LEASE_SCRIPT = String.raw`
D=$1 op=$2 N=$3 text=$4
umask 0
[ -d "$D" ] || mkdir -m 1777 "$D" 2>/dev/null
if [ -L "$D" ] || ! [ -d "$D" ]; then echo "no folder"; exit 3; fi
cd "$D" || exit 3
B=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null) || B=none
read -r up rest < /proc/uptime 2>/dev/null || up=$(date +%s)
up=$(echo "$up" | sed 's/[.].*//')
highest() { H=$(ls -1 | sed -n 's/^lease[.]\([0-9]\{1,15\}\)$/\1/p' | sort -n | tail -n 1); [ -n "$H" ] || H=0; }
state() {
  echo "now $up $B"
  [ "$H" -eq 0 ] && return
  echo "lease $H $(readlink "lease.$H")"
  [ -f "beat.$H" ] && echo "beat $(cat "beat.$H")"
  [ -e "free.$H" ] && echo free
  return 0
}
beat() { echo "$B $up" > "beat.$1.new" && mv -f "beat.$1.new" "beat.$1"; }
highest
case $op in
  look) state ;;
  take)
    if ln -s "$text" "lease.$N" 2>/dev/null && [ "$(readlink "lease.$N")" = "$text" ]; then
      highest
      if [ "$H" -eq "$N" ]; then
        beat "$N"
        ls -1 | sed -n 's/^[a-z]*[.]\([0-9]\{1,15\}\)$/\1/p' | sort -un | while read -r n; do [ "$n" -ge "$N" ] || rm -f "lease.$n" "beat.$n" "beat.$n.new" "free.$n"; done
        echo won; exit 0
      fi
      rm -f "lease.$N"
    fi
    highest; state ;;
  renew) if [ "$H" -eq "$N" ] && [ "$(readlink "lease.$H")" = "$text" ]; then beat "$N"; echo kept; else state; fi ;;
  free) if [ "$H" -eq "$N" ] && [ "$(readlink "lease.$H")" = "$text" ]; then : > "free.$N"; fi ;;
esac
`;
