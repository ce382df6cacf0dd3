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
