#!/usr/bin/env bash
# The Action's second half: a cloud in the background, waited for, and what later steps need to know of it.
set -euo pipefail

place=$RUNNER_TEMP/orrery
log=$place/log
# Flags are words separated by white space, and stars in them are no file names.
words=()
read -r -a words -d '' <<<"$FLAGS" || true

started=$("$place/venv/bin/orrery" start --detach --json --log-file "$log" ${words[@]+"${words[@]}"})
endpoint=$("$place/venv/bin/python" -c 'import json, sys; print(json.loads(sys.argv[1])["endpoint"])' "$started")

echo "Orrery on $endpoint, its log in $log"
{
    echo "AWS_ENDPOINT_URL=$endpoint"
    echo "AWS_ACCESS_KEY_ID=test"
    echo "AWS_SECRET_ACCESS_KEY=test"
    echo "AWS_REGION=$ORRERY_REGION"
    echo "AWS_DEFAULT_REGION=$ORRERY_REGION"
    echo "ORRERY_ENDPOINT=$endpoint"
} >>"$GITHUB_ENV"
{
    echo "endpoint=$endpoint"
    echo "log=$log"
} >>"$GITHUB_OUTPUT"
