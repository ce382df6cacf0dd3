"""An operator for schemathesis, who asks for what only operators may, and a user whom that is done to.

No answer may tell a secret of anybody, and whatever is asked for, the operator stays one.
"""

import itertools
import json
import os
import time

import requests
import schemathesis

from calls import HIGHEST_USER_ID, call_of, has_good_id, replace_examples
from person import API, data_of

# Made by test/fuzz/fuzz-operator.ts.
PEOPLE = json.loads(os.environ["FUZZ_OPERATOR"])
OPERATOR, USER, SECRETS = PEOPLE["operator"], PEOPLE["user"], PEOPLE["secrets"]
AUTHORIZATION = f"Bearer {PEOPLE['token']}"
# Other users are asking for things of their own at the same time: ids are only these. Nobody gets as far as the last one.
IDS = itertools.cycle([USER, USER, OPERATOR, HIGHEST_USER_ID])
# The oldest are those whose secrets are known.
SORTED = ("GET /admin/users", "GET /admin/hostings")


def ask(method, path, **options):
    """What is refused here is found by the checks, when a case asks for it."""
    headers = {"Authorization": AUTHORIZATION}
    return data_of(requests.request(method, API + path, headers=headers, timeout=20, **options))


def make_user_ready(call):
    """For what a call does to them: operators are not suspended, and who is suspended is no operator."""
    suspension = "suspend" if call.endswith("/resume") else "resume"
    ask("POST", f"/admin/users/{USER}/role", json={"role": "user"})
    ask("POST", f"/admin/users/{USER}/{suspension}")
    while is_busy():
        time.sleep(0.05)


def is_busy():
    operations = ask("GET", "/admin/operations", params={"user_id": USER}).get("operations", [])
    return any(operation["state"] in ("queued", "running") for operation in operations)


@schemathesis.auth(refresh_interval=None)
class OperatorAuth:
    def get(self, case, context):
        return AUTHORIZATION

    def set(self, case, data, context):
        case.headers["Authorization"] = data


@schemathesis.hook
def before_load_schema(context, raw_schema):
    replace_examples(raw_schema)


@schemathesis.hook
def before_call(context, case, kwargs):
    if call_of(case) in SORTED:
        case.query = {"sort": "oldest", **(case.query or {})}
    if not has_good_id(case):
        return
    case.path_parameters["id"] = next(IDS)
    if case.path_parameters["id"] == USER:
        make_user_ready(call_of(case))


@schemathesis.check
def no_secrets(ctx, response, case):
    """Operators see whose what is, and not what gets one in there."""
    found = [what for what, secret in SECRETS if secret in response.text]
    assert not found, f"{call_of(case)} tells {found}"


@schemathesis.check
def stays_operator(ctx, response, case):
    """Nobody takes their own role, nor is suspended as an operator."""
    if response.request.headers.get("Authorization") == AUTHORIZATION:
        assert response.status_code not in (401, 403), f"{call_of(case)} of an operator answered {response.text}"


@schemathesis.check
def no_server_errors(ctx, response, case):
    """All that these calls need is there."""
    assert response.status_code < 500, f"{call_of(case)} answered {response.status_code} {response.text}"
