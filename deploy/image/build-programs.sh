#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: build-programs.sh
#
# Installs what building needs and builds the optimised programs. Runs as root in the builder, in the repository's folder.
set -eu
scripts/bootstrap
PKG_CONFIG_PATH=$PWD/.pdfium/lib/pkgconfig
export PKG_CONFIG_PATH
scripts/stage-pdfium release
for program in recto recto-worker-pdf recto-worker-raster recto-worker-drawing; do
    swift build -c release --explicit-target-dependency-import-check error --product "$program"
done
