#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What action.yml does; its inputs come as CNPC_* in the environment, so that
# none of them is taken for a command.
set -euo pipefail

die() {
	echo "::error title=cnpc::$*"
	exit 3
}

# Unpacks the program and prints the folder that it is in.
unpack() {
	local place=$RUNNER_TEMP/cnpc archive=$CNPC_ARCHIVE
	mkdir -p "$place"
	case $archive in
	*://*)
		[ -n "$CNPC_SHA256" ] || die "an archive from a URL needs a sha256"
		curl -fsSL --proto '=https' -o "$place/archive.tar.gz" \
		    "$archive" || die "cannot fetch $archive"
		archive=$place/archive.tar.gz
		;;
	esac
	[ -f "$archive" ] || die "no file $archive"
	[ -z "$CNPC_SHA256" ] ||
	    echo "$CNPC_SHA256  $archive" | sha256sum --check --quiet ||
	    die "$CNPC_ARCHIVE has another sha256"
	tar -xzf "$archive" -C "$place" --strip-components=1
	echo "$place/bin"
}

if [ -n "$CNPC_ARCHIVE" ]; then
	bin=$(unpack) || {
		echo "$bin"
		exit 3
	}
	PATH=$bin:$PATH
fi
command -v cnpc >/dev/null || die "no cnpc in PATH: give an archive"

read -ra options <<<"$CNPC_OPTIONS"
read -ra paths <<<"$CNPC_PATHS"
if [ -n "$CNPC_SARIF" ]; then
	# The annotations below give the exit status.
	cnpc lint --format=sarif "${options[@]}" "${paths[@]}" \
	    >"$CNPC_SARIF" 2>/dev/null || true
fi
exec cnpc lint --format=github "${options[@]}" "${paths[@]}"
