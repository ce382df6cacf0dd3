"""Two users for schemathesis, and what must hold between them.

Alice asks whatever schemathesis makes up, and is signed up anew when that took her account or her session from her.
Bob has an account, a hosting with a key, and operations, and asks only for what Alice asked for. Neither may see anything
of the other's, and nothing that Alice does may change what Bob has. Neither is an operator: what those ask for is refused
(operator_hooks.py has one).
"""

import secrets

import schemathesis
from hypothesis import strategies as st

from calls import EXAMPLES, call_of, has_good_id, replace_examples
from person import Person, ssh_key

# Calls that want it are then met with the right one.
ALICE_PASSWORD = EXAMPLES["password"]
# How the fuzz target ends some operations (test/support/api/fuzz-target.ts).
PLANNED_FAILURES = {
    "POST /host": "VM_NOT_READY",
    "DELETE /host/my": "LIBVIRT_UNAVAILABLE",
    "POST /host/my/start": "VM_NOT_READY",
    "POST /host/my/stop": "LIBVIRT_UNAVAILABLE",
    "POST /host/my/restart": "VM_NOT_READY",
    "POST /host/my/password": "LIBVIRT_UNAVAILABLE",
}


class Users:
    """Both of them, from the first case on."""

    def __init__(self):
        self.alice = Person(ALICE_PASSWORD)
        self.bob = Person(secrets.token_hex(16))
        self.bob.make_key()
        self.bob.make_domain()
        self.bobs = self.bob.belongings()
        self.calls = 0

    def prepare_alice(self, case):
        """Two of three calls meet what they are about; as generated, hardly any would. The third is left alone."""
        self.calls += 1
        if self.calls % 3 == 0:
            return
        call = call_of(case)
        if "{id}" in call:
            self.prepare_id(case, call)
        elif "/domains/{name}" in call:
            self.prepare_domain(case, call)
        elif call == "POST /host/my/domains":
            self.alice.make_room_for_domain()
        elif call == "POST /host":
            self.alice.remove_hosting()
        elif call == "POST /host/my/start":
            self.alice.make_hosting("stopped")
        elif call == "POST /host/my/ssh-keys":
            self.alice.make_room_for_key()
        elif call == "GET /host/my/ssh-keys":
            self.alice.make_key()
        elif "/host/my" in call or call == "GET /operations":
            self.alice.make_hosting()

    def prepare_id(self, case, call):
        """One is Alice's, the next is Bob's."""
        if not has_good_id(case):
            return
        if "/ssh-keys/" in call:
            self.alice.make_key()
        elif not self.alice.operations:
            self.alice.make_hosting()
        own = self.alice.ids(call)
        if own and case.path_parameters["id"] not in own:
            bobs = self.bob.ids(call) if self.calls % 3 == 2 else []
            case.path_parameters["id"] = (bobs or own)[-1]

    def prepare_domain(self, case, call):
        """One is Alice's, the next is Bob's. What is generated is no domain that anybody has."""
        self.alice.make_domain()
        own = self.alice.ids(call)
        bobs = self.bob.ids(call) if self.calls % 3 == 2 else []
        if own or bobs:
            case.path_parameters["name"] = (bobs or own)[-1]

    def restore_alice(self, case):
        """What she needs again after a call that succeeded."""
        call = call_of(case)
        if call in ("POST /auth/logout", "DELETE /auth/sessions"):
            self.alice.log_in()
        elif call in ("POST /auth/password", "DELETE /auth/me"):
            self.alice = Person(ALICE_PASSWORD)


# What a key is no pattern says: its middle is a structure of its own (api/http/schemas/ssh-key.ts).
notes = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
keys = st.binary(min_size=32, max_size=32).map(ssh_key)
schemathesis.openapi.format("ssh-public-key", st.tuples(keys, notes).map(" ".join))

# Nor that of names: what people see, without what they do not.
schemathesis.openapi.format("display-name", st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=40))


# Nor that of domains; by chance none that is reserved.
labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=20)
schemathesis.openapi.format("domain", labels.map(lambda label: f"x{label}.com"))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    replace_examples(raw_schema)


_users = None


def users():
    global _users
    if _users is None:
        _users = Users()
    return _users


# Nothing is kept between cases: any of them may end the session.
@schemathesis.auth(refresh_interval=None)
class AliceAuth:
    def get(self, case, context):
        return users().alice.authorization

    def set(self, case, data, context):
        case.headers["Authorization"] = data


@schemathesis.hook
def before_call(context, case, kwargs):
    users().prepare_alice(case)


@schemathesis.check
def nothing_between_users(ctx, response, case):
    """What one user has is neither seen nor changed by another."""
    alice, bob = users().alice, users().bob
    assert_hidden(bob, response)
    sent = response.request.headers.get("Authorization")
    if sent != alice.authorization or response.status_code >= 300:
        return
    alice.note(response)
    call = call_of(case)
    if case.method == "GET":
        replay_as_bob(alice, bob, response, call)
    else:
        assert bob.belongings() == users().bobs, f"{call} of one user changed what another has"
    users().restore_alice(case)


def replay_as_bob(alice, bob, response, call):
    if "{id}" in call:
        asked = bob.http.get(response.request.url, timeout=20)
        assert asked.status_code == 404, f"{call} of another user's object answered {asked.status_code}"
        assert_hidden(alice, asked)
        # And the other way round.
        for id in bob.operations:
            asked = alice.ask("GET", call.removeprefix("GET ").replace("{id}", id))
            assert asked.status_code == 404, f"{call} of another user's object answered {asked.status_code}"
            assert_hidden(bob, asked)
    else:
        assert_hidden(alice, bob.http.get(response.request.url, timeout=20))


def assert_hidden(user, response):
    found = [mark for mark in user.marks if mark in response.text]
    assert not found, f"{response.request.method} {response.request.url} tells another user {found}"


@schemathesis.check
def nothing_for_users(ctx, response, case):
    """What only operators may ask for is refused, whatever is sent along."""
    if "/admin/" not in case.operation.path or case.method != case.operation.method.upper():
        return
    if response.request.headers.get("Authorization") != users().alice.authorization:
        return
    assert response.status_code >= 400, f"{call_of(case)} of a user answered {response.status_code}"
    code = response.json()["error"]["code"]
    # The latter: what was made up as an id led to another address.
    assert code in ("FORBIDDEN", "NOT_FOUND"), f"{call_of(case)} of a user answered {code}"


@schemathesis.check
def only_explained_server_errors(ctx, response, case):
    """A 5xx is a bug, or says which part is down or which operation failed."""
    if response.status_code < 500:
        return
    call, error = call_of(case), response.json()["error"]
    if call == "GET /health/detailed" and error["code"] == "UNHEALTHY":
        return
    if error["code"] == PLANNED_FAILURES.get(call):
        assert error["details"]["operation_id"], "a failed operation is named"
        return
    raise AssertionError(f"{call} answered {response.status_code} {error}")
