#!/usr/bin/env bash
# Tries every call of a running installation's API, with good and with bad input. Makes no VM.
# usage: scripts/test-api.sh [URL]    the account that it makes stays
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/checks.sh"

as_json=(--header 'Content-Type: application/json' --data)
nothing=00000000-0000-4000-8000-000000000000
without_token() { (token= && call "$@"); }
answers() { curl --silent --fail --max-time 20 --output "$work/answer" "$url$1"; }
is_openapi() { answers /openapi.json && [[ $(json .openapi) == 3.1.* ]]; }

check 'health' call GET /health 200
check 'health of every part' call GET /health/detailed 200
check 'version' call GET /version 200
check 'documents' answers /docs
check 'OpenAPI document' is_openapi
check 'register: no JSON' call POST /auth/register 400 "${as_json[@]}" '{'
check 'register: unknown and missing fields' call POST /auth/register 422 "${as_json[@]}" '{"mail": 1}'
check 'register: short password' call POST /auth/register 422 "${as_json[@]}" '{"email":"a@example.com","password":"x","username":"a"}'
check 'register and log in' sign_up
check 'register: taken' call POST /auth/register 409 --header 'Content-Type: application/json' --data "@$work/user.json"
check 'log in: wrong password' call POST /auth/login 401 --data 'username=nobody@example.com&password=wrong-password'
check 'log in: no form' call POST /auth/login 422 --data 'x=1'
check 'me' call GET /auth/me 200
check 'me: no token' without_token GET /auth/me 401
check 'create: no token' without_token POST /host 401
check 'create: no key' call POST /host 422 "${as_json[@]}" '{"ssh_public_keys": ["nonsense"]}'
check 'create: unknown field' call POST /host 422 "${as_json[@]}" '{"memory": 4096}'
check 'my hosting: none' call GET /host/my 404
check 'my hosting: no token' without_token GET /host/my 401
check 'delete: none' call DELETE /host/my 404
check 'delete: no token' without_token DELETE /host/my 401
check 'operation: none' call GET "/operations/$nothing" 404
check 'operation: no token' without_token GET "/operations/$nothing" 401
check 'events: none' call GET "/operations/$nothing/events" 404
check 'events: no token' without_token GET "/operations/$nothing/events" 401
check 'a path that is not there' call GET /nothing 404
check 'a method that is not there' call PUT /host/my 405
finish
