# shellcheck shell=bash disable=SC2034 # read by the files that source this one
# What the toolchain consists of. A new version here means new checksums in checksums.txt and new requirements in the
# go.mod beside it. Pulumi's must be that of @pulumi/pulumi in package.json; the bridge's is the SDK's in package-lock.json.

PULUMI_VERSION=3.256.0
BRIDGE_VERSION=1.1.3
PROVIDER_VERSION=0.8.3

# As we build them, with light.sh and early-data.go.part; another number for another change. The provider's is in the state
# of every stack.
PULUMI_BUILD=$PULUMI_VERSION-1
BRIDGE_BUILD=$BRIDGE_VERSION-1
PROVIDER_BUILD=$PROVIDER_VERSION-1

# Fetched only where no `go` that is new enough for our modules is on PATH.
GO_VERSION=1.26.8
