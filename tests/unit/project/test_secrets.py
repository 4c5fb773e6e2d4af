"""What of the secrets of add-ons is masked wherever logs are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devenv.project.secrets import FILE, forget_secrets, secrets_of, texts_to_mask
from devenv.project.state import StackStore

if TYPE_CHECKING:
    from pathlib import Path

KEY = "-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"


def test_a_secret_is_made_once_and_forgotten_with_the_data(tmp_path: Path) -> None:
    store = StackStore(tmp_path)
    made = secrets_of("shop", ["STORE_SECRET"], store)
    assert secrets_of("shop", ["STORE_SECRET"], store) == made
    assert texts_to_mask("shop", store) == [made["STORE_SECRET"]]
    forget_secrets("shop", store)
    assert texts_to_mask("shop", store) == []


def test_what_a_secret_is_made_of_is_masked_too(tmp_path: Path) -> None:
    """A log has one password of those that are kept together, and a key line by line; never a name."""
    store = StackStore(tmp_path)
    passwords = json.dumps({"ada": "pw-of-ada", "bob": "pw-of-bob", "eve": ""})
    store.write_secret("shop", FILE, json.dumps({"LOGIN_PASSWORDS": passwords, "LOGIN_KEY": KEY, "VOID": ""}))
    lines = ["MIIBVQIBADANBg", "kqhkiG9w0BAQEF"]
    assert texts_to_mask("shop", store) == [passwords, "pw-of-ada", "pw-of-bob", KEY, *lines]


def test_the_names_in_a_document_are_not_masked(tmp_path: Path) -> None:
    """A realm is called like a service, whose name the evidence needs."""
    store = StackStore(tmp_path)
    realm = json.dumps({"realm": "temporal", "enabled": True, "users": [{"username": "ada"}]})
    store.write_secret("shop", FILE, json.dumps({"LOGIN_REALM": realm}))
    assert texts_to_mask("shop", store) == [realm]
