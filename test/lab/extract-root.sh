#!/bin/bash
# Makes a root folder of Debian trixie packages by extraction alone: no debootstrap, no maintainer scripts, nothing of this machine's own root touched.
# usage: extract-root.sh ARCH FOLDER PACKAGE...      the root is FOLDER/root; packages come from where this machine's apt takes its own
set -euo pipefail
arch=$1 folder=$(realpath -m "$2")
shift 2
apt=$folder/apt
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "apt on this machine has no source to take Debian packages from" >&2; exit 1; }
mkdir -p "$folder"/root "$apt"/lists/partial "$apt"/cache/archives/partial
: >"$apt/status"
echo "deb [arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
options=(-oAPT::Architecture="$arch" -oAPT::Architectures="$arch" -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=- -oDir::Etc::Parts=/nonexistent
  -oDir::State::Lists="$apt/lists" -oDir::Cache="$apt/cache" -oDir::State::status="$apt/status" -oAPT::Sandbox::User=root
  -oBinary::apt-get::APT::Keep-Downloaded-Packages=1 -oAcquire::Languages=none)
apt-get "${options[@]}" -qq update
apt-get "${options[@]}" -y -qq -d --no-install-recommends install "$@" >/dev/null
cd "$folder/root"
mkdir -p usr/{bin,sbin,lib,lib64} proc sys dev tmp root etc run data
for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$name"; done
for package in "$apt"/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder/root"; done
ln -sfn dash usr/bin/sh
printf 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
rm -rf "$apt"
