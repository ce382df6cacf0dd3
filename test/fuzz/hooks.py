"""Two users for schemathesis, and what must hold between them.

Alice asks whatever schemathesis makes up, and is signed up anew when that took her account or her session from her.
Bob has an account, a hosting and an operation, and asks only for what Alice asked for. Neither may see anything of the
other's, and nothing that Alice does may change what Bob has.
"""

import os
import secrets
import uuid

import requests
import schemathesis
from hypothesis import strategies as st

API = os.environ["FUZZ_URL"] + "/api/v1"
# The one that the document gives as an example: calls that want it are then met with the right one.
ALICE_PASSWORD = "secure123"
RESPOND_ASYNC = {"Prefer": "respond-async"}
# How the fuzz target ends some operations (test/support/fuzz-target.ts).
PLANNED_FAILURES = {"POST /host": "VM_NOT_READY", "DELETE /host/my": "LIBVIRT_UNAVAILABLE"}
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbn6zVTWwmJdVN4ipbi0trLbdKE9rShxUZMmdhhP5Mn"


class User:
    """Somebody with an account and a session."""

    def __init__(self, password):
        name = f"u{secrets.token_hex(8)}"
        self.email = f"{name}@example.com"
        self.password = password
        self.operations = []
        # What nobody else's answers may contain.
        self.marks = {self.email, name}
        self.http = requests.Session()
        # The limits count by address, and are there to be spent by cases.
        self.http.headers["X-Real-IP"] = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
        self.expect(201, "POST", "/auth/register", json={"email": self.email, "username": name, "password": password})
        self.log_in()

    def log_in(self):
        form = {"username": self.email, "password": self.password}
        tokens = self.expect(200, "POST", "/auth/login", data=form).json()
        self.http.headers["Authorization"] = self.authorization = f"Bearer {tokens['access_token']}"

    def ask(self, method, path, **options):
        return self.http.request(method, API + path, timeout=20, **options)

    def expect(self, status, method, path, **options):
        response = self.ask(method, path, **options)
        assert response.status_code == status, f"{method} {path} answered {response.status_code}: {response.text}"
        return response

    def note(self, response):
        """Remembers what an answer tells that is this user's own."""
        data = data_of(response)
        operation, hosting = data.get("operation") or {}, data.get("hosting") or {}
        if operation and operation["id"] not in self.operations:
            self.operations.append(operation["id"])
        own = (operation.get("id"), hosting.get("vm_id"), data.get("ssh_password"))
        self.marks.update(mark for mark in own if mark)

    def wait(self):
        """Until the last operation that is known of has ended."""
        if self.operations:
            self.expect(200, "GET", f"/operations/{self.operations[-1]}/events")

    def status(self):
        """Of the hosting; None without one."""
        response = self.ask("GET", "/host/my")
        self.note(response)
        return data_of(response).get("hosting", {}).get("status")

    def make_hosting(self):
        # Some creates and deletes fail in this target.
        while (status := self.status()) != "running":
            if status in (None, "failed"):
                response = self.ask("POST", "/host", headers=RESPOND_ASYNC)
                if response.status_code == 429:
                    return
                # 409: one that was asked for before is still under way.
                assert response.status_code in (202, 409), f"a create answered {response.status_code}: {response.text}"
                self.note(response)
            self.wait()

    def remove_hosting(self):
        while (response := self.ask("DELETE", "/host/my", headers=RESPOND_ASYNC)).status_code != 404:
            assert response.status_code in (202, 409), f"a delete answered {response.status_code}: {response.text}"
            self.note(response)
            self.wait()

    def belongings(self):
        paths = ["/auth/me", "/host/my", *(f"/operations/{id}" for id in self.operations)]
        return {path: self.expect(200, "GET", path).json()["data"] for path in paths}


class Users:
    """Both of them, from the first case on."""

    def __init__(self):
        self.alice = User(ALICE_PASSWORD)
        self.bob = User(secrets.token_hex(16))
        self.bob.make_hosting()
        self.bobs = self.bob.belongings()
        self.calls = 0

    def prepare_alice(self, case):
        """Two of three calls meet what they are about; as generated, hardly any would. The third is left alone."""
        self.calls += 1
        if self.calls % 3 == 0:
            return
        call = call_of(case)
        if call == "POST /host":
            self.alice.remove_hosting()
        elif call in ("DELETE /host/my", "GET /host/my"):
            self.alice.make_hosting()
        elif "{id}" in call and is_uuid(case.path_parameters["id"]):
            if not self.alice.operations:
                self.alice.make_hosting()
            if self.alice.operations and case.path_parameters["id"] not in self.alice.operations:
                case.path_parameters["id"] = (self.alice if self.calls % 3 == 1 else self.bob).operations[-1]

    def restore_alice(self, case):
        """What she needs again after a call that succeeded."""
        call = call_of(case)
        if call in ("POST /auth/logout", "DELETE /auth/sessions"):
            self.alice.log_in()
        elif call in ("POST /auth/password", "DELETE /auth/me"):
            self.alice = User(ALICE_PASSWORD)


# What a key is no pattern says: its middle is a structure of its own (api/schemas/ssh-key.ts).
notes = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
schemathesis.openapi.format("ssh-public-key", notes.map(lambda note: f"{SSH_KEY} {note}"))

_users = None


def users():
    global _users
    if _users is None:
        _users = Users()
    return _users


def is_uuid(value):
    try:
        return str(uuid.UUID(value)) == value
    except (ValueError, AttributeError, TypeError):
        return False


def call_of(case):
    return f"{case.method} {case.operation.path.removeprefix('/api/v1')}"


def data_of(response):
    try:
        data = response.json()["data"]
    except (ValueError, KeyError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}


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
