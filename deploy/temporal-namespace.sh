#!/bin/sh
# Makes the namespace, or sets its retention to the one now wanted. Run as often as you like.
#
# Needs TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION (for example 90d). Retention counts from the end of a case;
# after it the history is deleted. The legal record is in PostgreSQL and is not touched by it.
set -eu

: "${TEMPORAL_ADDRESS:?set it to host:port of the Temporal server}"
: "${TEMPORAL_NAMESPACE:?set it to the namespace of the grants}"
: "${RETENTION:?set it to how long histories of ended cases are kept, for example 90d}"

# wait_for WHAT COMMAND…: until it succeeds, at most a minute
wait_for() {
    what=$1
    shift
    attempt=1
    until "$@" >/dev/null 2>&1; do
        if [ "$attempt" -ge 60 ]; then
            echo "$what: not within 60 attempts at $TEMPORAL_ADDRESS" >&2
            exit 1
        fi
        attempt=$((attempt + 1))
        sleep 1
    done
}

wait_for "healthy server" temporal operator cluster health
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
# A new namespace is known to all parts of the server only after some seconds; what comes next must find it.
wait_for "namespace $TEMPORAL_NAMESPACE" temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"
temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
