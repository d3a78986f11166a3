#!/bin/sh
# Makes the search attributes of a case (design 14; none holds personal data). Run as often as you like: an attribute
# that is there with its type is left alone; one with another type ends this with an error, never with a silent loss.
#
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, and temporal-namespace.sh before it.
set -eu

: "${TEMPORAL_ADDRESS:?set it to host:port of the Temporal server}"
: "${TEMPORAL_NAMESPACE:?set it to the namespace of the grants}"

attributes() {
    type=$1
    shift
    for name in "$@"; do
        temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --type "$type" --name "$name"
    done
}

attributes Keyword WirStage WirLine WirRecipient WirUrgency
attributes KeywordList WirWaitingFor WirDates
attributes Int WirYear WirAmountCents
attributes Datetime WirDueAt
echo "search attributes of $TEMPORAL_NAMESPACE: complete"
