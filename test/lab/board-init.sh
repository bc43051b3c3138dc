#!/bin/bash
# Turns fresh mount and pid namespaces into one board. From the environment: BOARD (its folder), BASE (root image), TOOLS (toybox, busybox or coreutils),
# DATA_MIB (size of the disk, or empty), QEMU (an emulator for programs of another processor, or empty). Arguments: the daemons, one shell command line each.
set -euo pipefail
read -r pid _ </proc/self/stat
root=$BOARD/root
mkdir -p "$root"
mount -t tmpfs -o size=1g,mode=755 tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/whole"
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$root/upper,workdir=$root/work" "$root/whole"
whole=$root/whole
if [ -n "$QEMU" ]; then
  # A table of its own, so that this machine's is not touched (needs a user namespace and Linux 6.7).
  mkdir "$root/formats"
  mount -t binfmt_misc binfmt "$root/formats"
  printf '%s' ":arm64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$QEMU:F" >"$root/formats/register"
fi
mount -t proc proc "$whole/proc"
mount --bind "$BOARD/boot_id" "$whole/proc/sys/kernel/random/boot_id"
mount --rbind /dev "$whole/dev"
mount -t tmpfs tmpfs "$whole/tmp"
mount --bind "$BOARD/sys" "$whole/sys"
mkdir -p "$whole/lab" "$whole/system/bin" "$whole/data" "$whole/run/sshd"
mount --bind "$BOARD/lab" "$whole/lab"
mount --bind "$BOARD/data" "$whole/data"
mkdir -p "$whole/data/local/tmp"
[ -z "$DATA_MIB" ] || mount -t tmpfs -o "size=${DATA_MIB}m" tmpfs "$whole/data/local/tmp"
mkdir -p "$whole/data/home"
mount --bind "$whole/data/home" "$whole/root"
case $TOOLS in
  # Android's toybox takes SHA-256 from BoringSSL, which uses the processor's instructions; Debian's has one of its own that is 13 times slower. coreutils' stands in for it.
  toybox) for name in $(chroot "$whole" /usr/bin/toybox); do ln -sf /usr/bin/toybox "$whole/system/bin/$name"; done; ln -sf /usr/bin/sha256sum "$whole/system/bin/"; ln -sfn mksh "$whole/usr/bin/sh" ;;
  busybox) for name in $(chroot "$whole" /usr/bin/busybox --list); do ln -sf /usr/bin/busybox "$whole/system/bin/$name"; done; ln -sfn busybox "$whole/usr/bin/sh" ;;
esac
[ "$TOOLS" = coreutils ] || cp -a "$whole/usr/bin/sh" "$whole/system/bin/sh"
cp --remove-destination "$BOARD"/lab/programs/* "$whole/system/bin/"
echo "$pid" >"$BOARD/pid.part"
mv "$BOARD/pid.part" "$BOARD/pid"
# dash, as the first process of the board, also buries what others left behind.
exec chroot "$whole" /usr/bin/env -i PATH=/system/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /usr/bin/dash -c 'for daemon do eval "exec $daemon" & done; wait "$!"' init "$@"
