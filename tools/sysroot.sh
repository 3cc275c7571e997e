#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a program of another architecture is linked with, in a folder of its own.
#
# usage: sysroot.sh ARCH TRIPLET DIR
#
# DIR gets the libraries of Debian for ARCH, without a change to this system, and
# the file cross.txt, which meson reads.
set -euo pipefail

arch=$1 triplet=$2
mkdir -p "$3"
dir=$(readlink -f "$3")

libraries=(
	libbpf-dev libbsd-dev libc6-dev libelf-dev libmd-dev libpcre2-dev
	libseccomp-dev libsodium-dev libxxhash-dev libyaml-dev libzstd-dev
	zlib1g-dev
)

mkdir -p "$dir"/apt/{lists,archives}/partial "$dir/root/usr/lib"
: >"$dir/apt/status"
cat >"$dir/apt/conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Dir::State::lists "$dir/apt/lists";
Dir::State::status "$dir/apt/status";
Dir::Cache "$dir/apt";
Dir::Cache::archives "$dir/apt/archives";
END
export APT_CONFIG=$dir/apt/conf
apt-get update
apt-get install -y --download-only --no-install-recommends "${libraries[@]}"

# Some packages have /lib and some /usr/lib, which are one.
ln -sfn usr/lib "$dir/root/lib"
for package in "$dir"/apt/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$package" |
	    tar -x --keep-directory-symlink -C "$dir/root"
done

cat >"$dir/cross.txt" <<END
[binaries]
c = '$triplet-gcc'
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'

[properties]
sys_root = '$dir/root'
pkg_config_libdir = '$dir/root/usr/lib/$triplet/pkgconfig'

[built-in options]
c_args = ['--sysroot=$dir/root']
c_link_args = ['--sysroot=$dir/root', '-static-pie']

[host_machine]
system = 'linux'
cpu_family = '${triplet%%-*}'
cpu = '${triplet%%-*}'
endian = 'little'
END
