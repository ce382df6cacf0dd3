"""What there is to know of a case before it is sent."""

import uuid

HIGHEST_USER_ID = 99_999_999


def call_of(case):
    return f"{case.method} {case.operation.path.removeprefix('/api/v1')}"


def has_good_id(case):
    """Whether a case has an id as the document wants it, there or not."""
    id = (case.path_parameters or {}).get("id")
    return is_user_id(id) if "/users/" in case.operation.path else is_uuid(id)


def is_uuid(value):
    try:
        return str(uuid.UUID(value)) == value
    except (ValueError, AttributeError, TypeError):
        return False


def is_user_id(value):
    try:
        return str(int(value)) == str(value) and 1 <= int(value) <= HIGHEST_USER_ID
    except (ValueError, TypeError):
        return False


# Of what is sent. The document's own are refused on purpose, as pages send them by one click.
EXAMPLES = {
    "email": "user@example.com",
    "username": "gildong",
    "site_name": "gildong-2",
    "password": "secure123",
    "current_password": "secure123",
    "new_password": "secure123",
    "name": "me@laptop",
    "Prefer": "respond-async",
    "Last-Event-ID": "9",
}
# Where a name means something else: OAuth 2 calls the email so.
OF_BODIES = {"Login": {"username": EXAMPLES["email"]}, "DomainAddition": {"name": "shop.mycompany.com"}}


def replace_examples(raw_schema):
    """Gives cases examples to begin with that work."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                replace_example(parameter["schema"], EXAMPLES.get(parameter["name"]))
            for media in operation.get("requestBody", {}).get("content", {}).values():
                name = media["schema"]["$ref"].rsplit("/", 1)[-1]
                replace_in_body(raw_schema["components"]["schemas"][name], {**EXAMPLES, **OF_BODIES.get(name, {})})


def replace_in_body(schema, examples):
    schema.pop("example", None)
    for name, field in schema["properties"].items():
        replace_example(field, examples.get(name))
        field.get("items", {}).pop("example", None)


def replace_example(schema, example):
    schema.pop("example", None)
    if example is not None:
        schema["example"] = example
