#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: install-packages.sh LIST
#
# Installs what LIST names and nothing that is only recommended, writes the fonts' caches, and removes what apt leaves.
# Runs as root inside of the image.
set -eu
list=$1
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# shellcheck disable=SC2046 # One argument a package.
apt-get -q install -y --no-install-recommends $(sed 's/#.*//' "$list")
fc-cache --system-only --force
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
