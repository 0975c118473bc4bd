#!/bin/sh
# Installs the Debian font packages that Stamp's digits and letters are drawn with (names and licences: fonts.tsv).
set -eu
apt-get install -y --no-install-recommends fontconfig $(cut -f1 "$(dirname "$0")/fonts.tsv")
