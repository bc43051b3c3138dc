import { shellWord } from '../domain/shell-word.ts';

/*
 * What runs on the device beside the programs that are asked for: POSIX shell, for the shells of Android (mksh and toybox), of small boards (busybox) and of
 * Linux (dash, bash). Nothing is pushed for them; they get everything as arguments, and no text from outside is ever part of a script.
 */

/** Says which unit this is and which boot: `boot ID`, `unit SOURCE:NUMBER`. The most telling number first; several units flashed with one image share a machine-id. */
export const IDENTITY = String.raw`
boot= unit=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
v=$(getprop ro.serialno 2>/dev/null)
case $v in '' | unknown) ;; *) unit="serial:$v" ;; esac
for f in serial:/sys/firmware/devicetree/base/serial-number dmi:/sys/class/dmi/id/product_uuid machine-id:/etc/machine-id; do
  [ -z "$unit" ] || break
  v=$( { tr -d '\000\n' <"${'$'}{f#*:}"; } 2>/dev/null)
  [ -z "$v" ] || unit="${'$'}{f%%:*}:$v"
done
printf 'boot %s\nunit %s\n' "$boot" "$unit"
`;

/**
 * `started PID` prints when a process began, in the kernel's ticks since boot (field 22 of /proc/PID/stat, proc(5)): with it a number can't be taken for another process's. `ours SESSION-FOLDER PID` holds
 * while the process is the one that was noted there: what ended without that being seen has left its number to whoever comes next.
 */
export const STARTED = String.raw`
started() {
  { read -r v <"/proc/$1/stat"; } 2>/dev/null || return 1
  v=${'$'}{v##*) }
  set -- $v
  echo "${'$'}{20}"
}
ours() { v=$(cat "$1/run/$2" 2>/dev/null) && [ -n "$v" ] && [ "$(started "$2")" = "$v" ]; }
`;

/** `clear FILE` removes it, emptied: a file server that does not know yet that its cable is out keeps what it was writing open, and with it the room on the disk. */
const CLEAR = String.raw`
clear() { [ ! -f "$1" ] || : >"$1"; rm -f "$1"; } 2>/dev/null
`;

/**
 * One session: makes Paddock's folder ready, removes what sessions that died left, and then guards this one. It ends everything that was started in the session, and
 * its folder, when its input closes or no `beat` came for a while. Arguments: session id, seconds without a beat, folder to use or empty.
 */
export const SESSION = String.raw`
${STARTED}
id=$1 patience=$2
if [ -n "$3" ]; then
  set -- "$3"
else
  u=$(id -u)
  set --
  [ ! -d /data/local/tmp ] || set -- /data/local/tmp/paddock
  [ -z "$HOME" ] || [ ! -d "$HOME" ] || [ "$HOME" = / ] || set -- "$@" "$HOME/.cache/paddock"
  set -- "$@" "/var/tmp/paddock-$u" "/tmp/paddock-$u"
fi
umask 077
root=
for r in "$@"; do
  mkdir -p "$r" 2>/dev/null || continue
  # A folder where nothing can be started from is of no use. An empty file needs no room.
  t="$r/try-$id"
  { true >"$t" && chmod 700 "$t" && "$t"; } 2>/dev/null && root=$r
  rm -f "$t"
  [ -z "$root" ] || break
done
[ -n "$root" ] || { echo 'fail folder'; exit; }
s="$root/session/$id"
mkdir -p "$root/store" "$s/run" "$s/hold" "$s/part" "$s/scratch" || { echo 'fail folder'; exit; }
# Whole or not there: a session of another boot is removed, also by one that begins at the same moment.
printf '%s' "$boot" >"$s/.boot" && mv -f "$s/.boot" "$s/boot"
${CLEAR}
drop() {
  for p in "$1"/part/*; do clear "$p"; done
  # Once more where one that was ended with the session made an entry again while it cleared its own.
  rm -rf "$1" 2>/dev/null || rm -rf "$1"
}
sweep() {
  for p in "$1"/run/*; do
    p=${'$'}{p##*/}
    case $p in *[!0-9]*) continue ;; esac
    ! ours "$1" "$p" || kill -KILL "-$p" 2>/dev/null
  done
  drop "$1"
}
for d in "$root"/session/*; do
  [ "$d" != "$s" ] || continue
  # Read once: what is being made just now has none yet, and may have it a moment later.
  b=$(cat "$d/boot" 2>/dev/null)
  if [ "$b" != "$boot" ]; then
    [ -z "$b" ] && [ -z "$(find "$d" -maxdepth 0 -mmin +10 2>/dev/null)" ] || rm -rf "$d"
  elif [ -e "$d/guard" ]; then
    read -r p t <"$d/guard"
    [ "$(started "$p")" = "$t" ] || sweep "$d"
  elif [ -n "$(find "$d" -maxdepth 0 -mmin +10 2>/dev/null)" ]; then
    sweep "$d"
  fi
done
began=$(started "$$")
printf '%s %s\n' "$$" "$began" >"$s/guard"
: >"$s/beat"
w=
end() {
  trap '' HUP TERM INT
  [ -z "$w" ] || kill "$w" 2>/dev/null
  for p in "$s"/run/*; do
    p=${'$'}{p##*/}
    case $p in *[!0-9]*) ;; *) ! ours "$s" "$p" || kill -KILL "-$p" 2>/dev/null ;; esac
  done
  drop "$s"
}
trap 'end; exit' HUP TERM INT
(
  trap 'kill "$n" 2>/dev/null; exit' TERM
  trap '' HUP
  while :; do
    sleep "$patience" &
    n=$!
    wait "$n"
    rm "$s/beat" 2>/dev/null || break
  done
  w=
  end
  [ "$(started "$$")" != "$began" ] || kill -KILL "$$"
) </dev/null >/dev/null 2>&1 &
w=$!
printf 'root %s\nready\n' "$root"
while read -r word p; do
  case $p in *[!0-9]*) continue ;; esac
  case $word in
    beat) : >"$s/beat"; echo beat ;;
    term) ! ours "$s" "$p" || kill -TERM "-$p" ;;
    kill) ! ours "$s" "$p" || kill -KILL "-$p" ;;
    *) break ;;
  esac
done 2>/dev/null
end
`;

/**
 * `grouped SESSION-FOLDER MARK PROGRAM ARGUMENT…` starts a program in a process group of its own, whose number is then `p`, and has the guard know of it before it begins; with a mark it tells `start PID`
 * on stderr. The program reads this shell's input, which the shell itself can't any more. It exits with 125 where the guard has ended the session.
 * Its start is read by a process beside it, as the guard does: what an emulator (qemu-user) tells a program of itself is another time.
 */
const GROUPED = String.raw`
grouped() {
  exec 3<&0 </dev/null
  start='v=$(read -r v <"/proc/$$/stat"; echo "$v"); v=${'$'}{v##*) }; s=$1 mark=$2; shift 2; t=$v; set -- "$@"; f() { shift 19; echo "$1"; }; { f $t >"$s/run/$$"; } 2>/dev/null || exit 125; [ -z "$mark" ] || printf "%s start %s\n" "$mark" "$$" >&2; exec "$@"'
  if command -v setsid >/dev/null 2>&1; then
    setsid sh -c "$start" sh "$@" <&3 3<&- &
  else
    set -m
    sh -c "$start" sh "$@" <&3 3<&- &
    set +m
  fi
  p=$!
  exec 3<&-
}
`;

/**
 * Starts a program in a process group of its own, waits for it and ends what it left. Arguments: session folder, mark, boot id, working folder or empty, memory bound in KiB or 0, then the program and its
 * arguments. On stderr it tells, each on a line behind the mark: `begin`, then `start PID` or `fail WHY`, and at the end `exit CODE` or `exit CODE memory`.
 * The memory is looked at once a second: oftener would cost the device more than 0.1 % of a core, as each look starts a `sleep`.
 */
export const EXEC = String.raw`
${GROUPED}
s=$1 mark=$2 boot=$3 dir=$4 kib=$5
shift 5
tell() { printf '%s %s\n' "$mark" "$*" >&2; }
printf '%s begin\n' "$mark"
tell begin
now=
{ read -r now </proc/sys/kernel/random/boot_id; } 2>/dev/null
[ "$now" = "$boot" ] || { tell fail boot; exit 125; }
[ -d "$s/run" ] || { tell fail session; exit 125; }
if [ -n "$dir" ]; then cd "$dir" 2>/dev/null || { tell fail folder; exit 125; }; fi
case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) command -v "$1" >/dev/null 2>&1 ;;
esac || { tell fail program; exit 125; }
grouped "$s" "$mark" "$@"
finish() {
  kill -KILL "-$p" 2>/dev/null
  [ -z "$w" ] || kill "$w" 2>/dev/null
}
w=
trap 'finish; kill -KILL "$p" 2>/dev/null; rm -f "$s/run/$p"; exit 129' HUP TERM INT
if [ "$kib" -gt 0 ]; then
  (
    trap 'kill "$n" 2>/dev/null; exit' TERM
    while :; do
      sleep 1 &
      n=$!
      wait "$n"
      r=0
      while read -r label v x; do
        case $label in VmRSS:) r=$((r + v)) ;; VmSwap:) r=$((r + v)); break ;; esac
      done <"/proc/$p/status" || exit
      [ "$r" -le "$kib" ] || { : >"$s/run/$p.memory"; kill -KILL "-$p"; exit; }
    done
  ) </dev/null >/dev/null 2>&1 &
  w=$!
fi
wait "$p"
code=$?
finish
m=
[ ! -e "$s/run/$p.memory" ] || m=' memory'
rm -f "$s/run/$p" "$s/run/$p.memory"
tell "exit $code$m"
exit "$code"
`;

/** `digest FILE` prints the SHA-256, or nothing where the device has no such program. */
const DIGEST = String.raw`
digest() {
  for tool in sha256sum 'toybox sha256sum' 'busybox sha256sum'; do
    v=$($tool <"$1" 2>/dev/null) && { echo "${'$'}{v%% *}"; return; }
  done
  tool=
}
size() { v=$(wc -c <"$1") && echo "$((v))"; }
`;

/**
 * Holds a file of the store for a session and says `present`; or, where there is none of that content, makes room for it and says `absent`, `full BYTES-FREE` (the disk) or `bound BYTES-USED` (the store's
 * own bound). Room is made by letting the least recently used go, never what a session holds: what is to go is first moved aside and looked at again, so that one who took hold of it just then
 * keeps it. Arguments: root, session, name, size, SHA-256, bound in KiB.
 */
export const HOLD_FILE = String.raw`
${DIGEST}
root=$1 f="$1/store/$3" bound=$6 need=$((($4 + 1023) / 1024))
: >"$1/session/$2/hold/$3" || exit
if [ -f "$f" ] && [ "$(size "$f")" = "$4" ]; then
  d=$(digest "$f")
  case $d in "$5" | '') touch -c "$f"; echo present; exit ;; esac
fi
[ ! -e "$f" ] || rm -rf "$f"
nl='
'
held() { for h in "$root"/session/*/hold/"$1"; do [ ! -e "$h" ] || return 0; done; return 1; }
while :; do
  used=$(du -sk "$root/store")
  used=${'$'}{used%%[!0-9]*}
  free=$(df -kP "$root" 2>/dev/null)
  set -f
  set -- ${'$'}{free#*"$nl"}
  set +f
  free=${'$'}{4:-0}
  if [ $((used + need)) -le "$bound" ] && [ "$free" -ge $((need + 64)) ]; then echo absent; exit; fi
  gone=
  for name in $(ls -1tr "$root/store"); do
    held "$name" && continue
    aside="$root/store/.out-$$"
    mv "$root/store/$name" "$aside" 2>/dev/null || continue
    if held "$name"; then mv "$aside" "$root/store/$name"; continue; fi
    rm -rf "$aside"
    gone=1
    break
  done
  if [ -z "$gone" ]; then
    if [ "$free" -lt $((need + 64)) ]; then echo "full $((free * 1024))"; else echo "bound $((used * 1024))"; fi
    exit
  fi
done
`;

/**
 * Holds a folder of the store and says `present`, or `absent` where there is none or a file in it is not what it was: such a folder is removed, to be put together anew.
 * Arguments: root, session, name, then path inside, size and SHA-256 of each file.
 */
export const HOLD_FOLDER = String.raw`
${DIGEST}
f="$1/store/$3"
: >"$1/session/$2/hold/$3" || exit
shift 3
whole() {
  while [ $# -gt 2 ]; do
    [ -f "$f/$1" ] && [ "$(size "$f/$1")" = "$2" ] || return
    d=$(digest "$f/$1")
    case $d in "$3" | '') ;; *) return 1 ;; esac
    shift 3
  done
}
if [ -d "$f" ] && whole "$@"; then
  touch -c "$f"
  echo present
else
  rm -rf "$f"
  echo absent
fi
`;

/** What RECEIVE has run under the guard. It exits with other than 0 where the file is not to stay. */
const RECEIVING = String.raw`
${DIGEST}
digest /dev/null >/dev/null
word=more
# The file appears when its first bytes are written.
while [ "$word" = more ] && read -r word && [ ! -r "$1" ]; do :; done
d=
if [ -r "$1" ]; then
  exec 3<"$1"
  follow() {
    while :; do
      dd bs=65536 <&3 2>/dev/null
      [ "$word" = more ] && read -r word || break
    done
  }
  d=$(follow | { if [ -n "$tool" ]; then $tool; else cat >/dev/null; fi; })
fi
read -r word
[ "$word" = publish ] || exit 1
[ -n "$tool" ] || { echo unverified; exit 0; }
right() { [ "${'$'}{d%% *}" = "$3" ] && [ "$(size "$1")" = "$4" ] && [ "$1" -ef /proc/self/fd/3 ]; }
right "$@" 2>/dev/null || [ "$(digest "$1")" = "$3" ] || { echo corrupt; exit 1; }
mv -f "$1" "$2" || { echo refused; exit 1; }
echo done
`;

/**
 * Takes the SHA-256 of a file while it arrives, and puts it into its place if its content is right. Its input says, each on a line: `more` when something came, `last` when all of it was sent, `publish`.
 * At the first two it reads on where it had come to, so that little is left to do at the end; what is not followed by `publish` is removed, and so is what the guard's end of the session cut off. The
 * digest counts for what is under the name: it is taken again from the whole file where it is wrong, as not every server writes in order, and where the name's size or file is not that which was read.
 * Says `done`, `corrupt`, `refused`, or `unverified` (it stays where it is, as the device can't tell); nothing when the session ended. Arguments: session folder, where it is, where it goes, SHA-256, size.
 */
export const RECEIVE = String.raw`
${GROUPED}
${CLEAR}
s=$1 part=$2
shift
grouped "$s" '' sh -c ${shellWord(RECEIVING)} paddock "$@"
finish() {
  rm -f "$s/run/$p"
  [ "$1" -eq 0 ] || clear "$part"
}
trap 'kill -KILL "-$p" 2>/dev/null; finish 129; exit 129' HUP TERM INT
wait "$p"
finish "$?"
`;

/** Puts a file that was read back and found right into its place. Arguments: where it is, where it goes. */
export const MOVE = String.raw`if mv -f "$1" "$2"; then echo done; else rm -f "$1"; echo refused; fi`;

/** Removes a file. */
export const REMOVE = String.raw`rm -f "$1"`;

/** Puts a bundle together from files of the store and publishes it. Arguments: where it is put together, where it goes, then source and path inside for each file. Says `done`. */
export const ASSEMBLE = String.raw`
part=$1 to=$2
shift 2
mkdir -p "$part" || exit
while [ $# -gt 1 ]; do
  case $2 in */*) mkdir -p "$part/${'$'}{2%/*}" || exit ;; esac
  # A link costs no room; where the system forbids it, it is a copy.
  ln "$1" "$part/$2" 2>/dev/null || cp -p "$1" "$part/$2" || { rm -rf "$part"; exit; }
  shift 2
done
mv "$part" "$to" 2>/dev/null || rm -rf "$part"
# Where another session was quicker, it went inside.
rm -rf "$to/${'$'}{part##*/}"
[ ! -d "$to" ] || echo done
`;

/** Says `SIZE` of a file, `missing`, or `refused`. */
export const FILE_SIZE = String.raw`
if [ -f "$1" ]; then v=$(wc -c <"$1") && echo "$((v))" || echo refused
elif [ -e "$1" ]; then echo refused
else echo missing; fi
`;

/** Bytes free on the disk of a path; nothing when there is no such path. */
export const FREE = String.raw`df -kP "$1" 2>/dev/null | { read -r x; read -r x x x k x && echo "$((k * 1024))"; }`;

/** Makes a folder with those above it. Says `done` when it is there. */
export const MAKE_FOLDER = String.raw`mkdir -p "$1" && echo done`;
