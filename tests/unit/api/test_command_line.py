"""Mistakes in what commands are given, told in the words of the command line."""

import pytest

from api.accounts.commands import require_email
from api.command_line import explained
from api.suspensions.commands import wish_of as release_of
from api.suspensions.service import Suspended
from api.workspaces.commands import wish_of
from infra.errors import ConfigurationError, FieldError, InvalidRequest, NotFound


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"workspace": "The Shop"}, "workspace The Shop: use lower-case letters, digits and hyphens"),
        ({"name": "n" * 201}, "--name: This is too long"),
        ({"prefixes": ("s3://shop",)}, "--allow s3://shop: This must end in /"),
        ({"prefixes": ("s3://shop/", "s3://*/")}, r"^--allow s3://\*/: This must name a bucket"),
        ({"prefixes": tuple(f"s3://b{number}/" for number in range(101))}, "--allow: These are too many"),
    ],
)
def test_a_workspace_that_cannot_be_names_the_option(given: dict[str, object], told: str) -> None:
    known: dict[str, object] = {"workspace": "shop", "name": None, "prefixes": ()}
    with pytest.raises(ConfigurationError, match=told):
        wish_of(**known | given)  # type: ignore[arg-type]


def test_what_is_no_address_names_the_option() -> None:
    with pytest.raises(ConfigurationError, match="--email: This is not an e-mail address"):
        require_email("ada")
    require_email("ada@shop.example")


def test_each_field_that_is_wrong_is_told_by_what_it_was_given_as() -> None:
    wrong = [FieldError(field="scopes", message="Too many."), FieldError(field="other", message="Why?")]
    with (
        pytest.raises(ConfigurationError, match=r"^--scope: Too many\.\nother: Why\?$"),
        explained({"scopes": "--scope"}),
    ):
        raise InvalidRequest(wrong)


def test_what_is_not_there_is_told_with_where_to_look() -> None:
    told = r"^There is no such client: see `vedette admin clients list`$"
    with pytest.raises(NotFound, match=told), explained(see="vedette admin clients list"):
        raise NotFound("There is no such client.")


def test_what_is_not_suspended_is_named() -> None:
    with pytest.raises(NotFound, match=r"^nosuchkey0, other is not suspended"):
        release_of(["nosuchkey0", "other"], Suspended(keys=(), clients=()), everything=False)
