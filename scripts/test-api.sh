#!/usr/bin/env bash
# Tries every call of a running installation's API, with good and with bad input. Makes no VM.
# usage: scripts/test-api.sh [URL]    the account that it makes is deleted at the end
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/lib/checks.sh"
source "$root/scripts/lib/calls.sh"

as_json=(--header 'Content-Type: application/json' --data)
nothing=00000000-0000-4000-8000-000000000000
refresh() { call POST /auth/refresh "$1" --data "@$work/refresh"; }
# change_password NEW STATUS, delete_account STATUS: with the password that sign_up made.
change_password() {
  jq --arg new "$1" '{current_password: .password, new_password: $new}' "$work/user.json" >"$work/change.json"
  call POST /auth/password "$2" "${as_json[@]}" "@$work/change.json"
}
delete_account() {
  jq '{password}' "$work/user.json" >"$work/delete.json"
  call DELETE /auth/me "$1" "${as_json[@]}" "@$work/delete.json"
}
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
check 'refresh: no form' call POST /auth/refresh 422 --data 'x=1'
check 'refresh: not a token' call POST /auth/refresh 401 --data 'refresh_token=nonsense'
check 'refresh' refresh 200
check 'refresh: a token that was used' refresh 401
check 'me: the session has ended' call GET /auth/me 401
check 'log in again' log_in
check 'log out' call POST /auth/logout 200
check 'me: logged out' call GET /auth/me 401
check 'log out: no token' without_token POST /auth/logout 401
check 'log in once more' log_in
check 'password: a common one' change_password password123 422
check 'password: the current one is wrong' call POST /auth/password 403 "${as_json[@]}" '{"current_password":"wrong","new_password":"a long sentence"}'
check 'password: changed to the same' change_password "$(jq -r .password "$work/user.json")" 200
check 'password: no token' without_token POST /auth/password 401
check 'log out everywhere: no token' without_token DELETE /auth/sessions 401
check 'log out everywhere' call DELETE /auth/sessions 200
check 'log in after that' log_in
check 'create: no token' without_token POST /host 401
check 'create: no key' call POST /host 422 "${as_json[@]}" '{"ssh_public_keys": ["nonsense"]}'
check 'create: unknown field' call POST /host 422 "${as_json[@]}" '{"memory": 4096}'
check 'my hosting: none' call GET /host/my 404
check 'my hosting: no token' without_token GET /host/my 401
check 'delete: none' call DELETE /host/my 404
check 'delete: no token' without_token DELETE /host/my 401
check 'domains' call GET /host/my/domains 200
check 'domains: no token' without_token GET /host/my/domains 401
check 'add a domain: no domain' call POST /host/my/domains 422 "${as_json[@]}" '{"name": "http://shop.mycompany.com"}'
check 'add a domain: a public suffix' call POST /host/my/domains 422 "${as_json[@]}" '{"name": "co.uk"}'
check 'add a domain: no hosting' call POST /host/my/domains 404 "${as_json[@]}" '{"name": "shop.mycompany.com"}'
check 'check a domain: none' call POST /host/my/domains/shop.mycompany.com/check 404
check 'remove a domain: none' call DELETE /host/my/domains/shop.mycompany.com 404
check 'operation: none' call GET "/operations/$nothing" 404
check 'operation: no token' without_token GET "/operations/$nothing" 401
check 'events: none' call GET "/operations/$nothing/events" 404
check 'events: no token' without_token GET "/operations/$nothing/events" 401
check 'a path that is not there' call GET /nothing 404
check 'a method that is not there' call PUT /host/my 405
check 'delete the account: wrong password' call DELETE /auth/me 403 "${as_json[@]}" '{"password":"wrong"}'
check 'delete the account: no token' without_token DELETE /auth/me 401
check 'delete the account' delete_account 200
check 'log in: no account' call POST /auth/login 401 --data "@$work/login"
finish
