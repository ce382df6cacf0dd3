"""Somebody with an account, who does over HTTP what it takes to be in some state."""

import base64
import os
import secrets

import requests

API = os.environ["FUZZ_URL"] + "/api/v1"
RESPOND_ASYNC = {"Prefer": "respond-async"}
MAXIMUM_KEYS = 20
MAXIMUM_DOMAINS = 10
# What leads on from where a hosting is: to one that runs, and from there to one that is stopped.
NEXT = {None: "/host", "failed": "/host", "stopped": "/host/my/start", "running": "/host/my/stop"}


class Person:
    """With an account and a session."""

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
        account = {"email": self.email, "username": name, "password": password}
        self.id = data_of(self.expect(201, "POST", "/auth/register", json=account))["user"]["id"]
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
        """Remembers what an answer tells that is this person's own."""
        data = data_of(response)
        for operation in [*reversed(data.get("operations", [])), data.get("operation")]:
            if operation and operation["id"] not in self.operations:
                self.operations.append(operation["id"])
        keys = [*data.get("ssh_keys", []), data.get("ssh_key") or {}]
        own = [key.get(part) for key in keys for part in ("id", "fingerprint", "public_key")]
        domains = [*data.get("domains", []), data.get("domain") or {}]
        own += [mark for domain in domains if domain for mark in (domain["name"], domain["records"]["txt_value"])]
        own += [*self.operations, (data.get("hosting") or {}).get("vm_id"), data.get("ssh_password")]
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

    def make_hosting(self, wanted="running"):
        """Or as near to it as limits allow."""
        # Some operations fail in this target.
        while (status := self.status()) != wanted:
            if status in NEXT:
                response = self.ask("POST", NEXT[status], headers=RESPOND_ASYNC)
                if response.status_code == 429:
                    return
                # 409: what was asked for before is still under way.
                assert response.status_code in (202, 409), f"{NEXT[status]} answered {response.text}"
                self.note(response)
            self.wait()

    def remove_hosting(self):
        while (response := self.ask("DELETE", "/host/my", headers=RESPOND_ASYNC)).status_code != 404:
            assert response.status_code in (202, 409), f"a delete answered {response.status_code}: {response.text}"
            self.note(response)
            self.wait()

    def keys(self):
        """The ids of those that open the hosting."""
        response = self.ask("GET", "/host/my/ssh-keys")
        self.note(response)
        return [key["id"] for key in data_of(response).get("ssh_keys", [])]

    def make_key(self):
        """On a hosting that runs; neither where limits keep them away."""
        self.make_hosting()
        while not self.keys():
            response = self.ask("POST", "/host/my/ssh-keys", json={"public_key": ssh_key(secrets.token_bytes(32))})
            if response.status_code != 201:
                return
            self.note(response)
            self.make_hosting()

    def make_room_for_key(self):
        """They are gone with the hosting."""
        if len(self.keys()) >= MAXIMUM_KEYS:
            self.remove_hosting()
        self.make_hosting()

    def domains(self):
        """The names of those that were added."""
        response = self.ask("GET", "/host/my/domains")
        self.note(response)
        return [domain["name"] for domain in data_of(response).get("domains", [])]

    def make_domain(self):
        """Where limits allow it."""
        self.make_hosting()
        if not self.domains():
            self.note(self.ask("POST", "/host/my/domains", json={"name": f"{secrets.token_hex(8)}.com"}))

    def make_room_for_domain(self):
        self.make_hosting()
        names = self.domains()
        for name in names if len(names) >= MAXIMUM_DOMAINS else []:
            self.ask("DELETE", f"/host/my/domains/{name}")

    def ids(self, call):
        """This person's, of the kind that a call is about."""
        if "/ssh-keys/" in call:
            return self.keys()
        if "/domains/" in call:
            return self.domains()
        return [self.id] if "/users/" in call else self.operations

    def belongings(self):
        paths = ["/auth/me", "/host/my", "/host/my/ssh-keys", "/host/my/domains", "/operations"]
        paths += [f"/operations/{id}" for id in self.operations]
        return {path: self.expect(200, "GET", path).json()["data"] for path in paths}


def ssh_key(point):
    """An Ed25519 key as OpenSSH writes it (RFC 8709, 4): any 32 bytes pass for one."""
    kind = b"ssh-ed25519"
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (kind, point))
    return f"{kind.decode()} {base64.b64encode(blob).decode()}"


def data_of(response):
    try:
        data = response.json()["data"]
    except (ValueError, KeyError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}
