#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: collect-programs.sh BUILT DESTINATION
#
# Copies what runs out of a folder of built programs: the programs, the viewer, PDFium, and those libraries of the Swift
# toolchain that they are linked against. They find one another by lying side by side.
set -eu
built=$1
destination=$2
programs="recto recto-worker-pdf recto-worker-raster recto-worker-drawing"
mkdir -p "$destination"

for program in $programs; do cp "$built/$program" "$destination/"; done
cp -R "$built/recto_Portal.resources" "$destination/"
cp "$built/libpdfium.so" "$destination/"

# The toolchain's libraries are known by the folder that libswiftCore lies in.
swift_libraries=$(ldd "$built/recto" | awk '$1 == "libswiftCore.so" { print $3 }' | xargs -r dirname)
if [ -n "$swift_libraries" ]; then
    for program in $programs; do ldd "$built/$program"; done |
        awk -v folder="$swift_libraries/" 'index($3, folder) == 1 { print $3 }' | sort -u |
        while read -r library; do cp -L "$library" "$destination/"; done
fi
chmod -R u=rwX,go=rX "$destination"
