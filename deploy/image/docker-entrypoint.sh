#!/bin/sh
# What a container runs: a cloud, with the arguments as flags of `orrery start` (--clock manual), or another program
# with its arguments (orrery doctor, sh). It has the name and place by which programs that start containers in an
# order of their own call it.
set -eu
case ${1-} in
    '' | -*) exec orrery start "$@" ;;
    *) exec "$@" ;;
esac
