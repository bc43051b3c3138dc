/**
 * The program that reads a device's files: POSIX shell, for dash, mksh (Android), busybox and bash, with no tool but the shell itself for what is read
 * again and again. It does what lines on its input ask, so it needs no timer (a shell's `sleep` is a process each time), and it ends when its input ends:
 * an orchestrator that dies leaves nothing running. Every line that it says begins with a word that only this start of it knows.
 *
 * $1: prefix of all paths, empty for the system's own; $2: that word.
 *
 * | asks | says |
 * |---|---|
 * | `scan MAX PATTERN` | each file that the pattern names |
 * | `nul PATH` | a file whose parts end in NUL, each part a line |
 * | `keep GROUP MAX PATH` | nothing; the file belongs to the group from now on |
 * | `forget GROUP` | nothing |
 * | `tick GROUP` | `t UPTIME`, then each file of the group |
 * | `run WORDS` | `c`, then what the command prints |
 * | `pick PATTERN WORDS` | `c`, then the first twenty lines that match the extended regular expression, which has no space |
 * | `self` | `c`, then the program that runs this shell and the first words of its command line, as the kernel has them |
 * | `mark ID` | `. ID` |
 *
 * A file is `f PATH`, then `l TEXT` for each of its first MAX lines, then `x` when it could not be opened.
 */
export const READER_SCRIPT = String.raw`
R=$1 N=$2
exec 2>/dev/null
if [ -n "$KSH_VERSION" ]; then say() { print -r -- "$*"; }; else say() { printf '%s\n' "$*"; }; fi
show() {
  [ -e "$2" ] && ! [ -d "$2" ] || return 0
  say "$N f $2"
  k=0 l=
  while IFS= read -r l || [ -n "$l" ]; do
    say "$N l $l"
    k=$((k+1)); [ "$k" -lt "$1" ] || break
    l=
  done < "$2" || say "$N x"
}
while IFS=' ' read -r op a b c; do
  case $op in
    scan) IFS=; for p in $R/$b; do show "$a" "$p"; done; IFS=' ' ;;
    nul) if [ -e "$R/$a" ]; then say "$N f $R/$a"; tr '\000' '\012' < "$R/$a" | sed "s/^/$N l /"; fi ;;
    keep) eval "n=\${n_$a:-0}"; n=$((n+1)); eval "n_$a=$n m_"$a"_$n=\$b p_"$a"_$n=\$c" ;;
    forget) eval "n_$a=0" ;;
    tick)
      u=; read -r u v < "$R/proc/uptime"; say "$N t $u"
      eval "n=\${n_$a:-0}"; i=1
      while [ "$i" -le "$n" ]; do
        eval "m=\$m_"$a"_$i p=\$p_"$a"_$i"
        if [ -e "$R/$p" ]; then show "$m" "$R/$p"; else say "$N f $R/$p"; say "$N x"; fi
        i=$((i+1))
      done ;;
    run) say "$N c"; set -f; IFS=' '; $a $b $c < /dev/null 2>&1 | sed "s/^/$N l /"; set +f ;;
    pick) say "$N c"; set -f; IFS=' '; $b $c < /dev/null 2>&1 | grep -E -- "$a" | sed "s/^/$N l /;20q"; set +f ;;
    self) say "$N c"; readlink "/proc/$$/exe" | sed "s/^/$N l /"; cat "/proc/$$/cmdline" < /dev/null | tr '\000' '\012' | sed -n "1,2s/^/$N l /p" ;;
    mark) say "$N . $a" ;;
  esac
done
`;
