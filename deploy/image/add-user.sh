#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage: add-user.sh
#
# Makes the user that every role runs as, without a shell and without a home that could be written to, and the link by
# which the program is found. The number stands in deploy/kubernetes too: whether a user is root can be told by a number
# only. Runs as root inside of the image.
set -eu
user=10001
getent group recto >/dev/null || groupadd --gid "$user" recto
getent passwd recto >/dev/null ||
    useradd --uid "$user" --gid "$user" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin recto
ln -sfn ../lib/recto/recto /usr/local/bin/recto
