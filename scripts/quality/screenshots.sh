#!/usr/bin/env bash
# Renews the pictures of the interface in docs/, from those that the test of its pages makes. As root, like the tests.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
./scripts/setup.sh
PATH=$PWD/node_modules/.bin:$PATH
ava test/browser/interface.test.ts --match 'start:*' --match 'hosting-running:*'
cp artefacts/screenshots/start-1440-dark-en.png docs/start.png
cp artefacts/screenshots/hosting-running-1440-light-ko.png docs/hosting.png
