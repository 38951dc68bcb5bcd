"""What no worker would fetch is refused before it is published, with the command that mends it."""

import pytest

from infra.manifests.references import Refusal
from infra.settings.recognition import SourceSettings
from infra.settings.servers import CassandraSettings
from producers.workspaces import WorkspaceRules, choose_judge
from schemas.images import ImageReference
from tests import samples
from tests.child_servers import free_port

SHOP = samples.workspace("shop", allowed_prefixes=("s3://shop-*/", "file:///srv/pictures/"))


@pytest.fixture
def workspaces() -> WorkspaceRules:
    return WorkspaceRules({"shop": SHOP}, SourceSettings())


def reference(uri: str, owner: str = "shop") -> ImageReference:
    return ImageReference(owner=owner, uri=uri)


def test_what_the_workspace_may_read_passes(workspaces: WorkspaceRules) -> None:
    found = [reference("s3://shop-a/1.jpg"), reference("file:///srv/pictures/1.jpg"), Refusal("line 3", "not JSON")]
    assert list(workspaces.judge(found)) == found


def test_a_place_that_is_not_allowed_is_refused_with_the_command_that_allows_it(workspaces: WorkspaceRules) -> None:
    (refusal,) = workspaces.judge([reference("https://img.shop.example/in box/1.jpg?sig=secret".replace(" ", "%20"))])
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("vedette admin workspace allow shop https://img.shop.example/in%20box/")
    assert "secret" not in refusal.source + refusal.reason


def test_a_workspace_that_is_none_is_refused_with_the_one_of_nearly_the_same_name(workspaces: WorkspaceRules) -> None:
    (refusal,) = workspaces.judge([reference("s3://shop-a/1.jpg", owner="shoq")])
    assert isinstance(refusal, Refusal)
    assert "no workspace shoq. Did you mean shop?" in refusal.reason
    assert refusal.reason.endswith("vedette admin workspace create shoq")


def test_where_no_cassandra_is_configured_nothing_is_judged_and_nothing_told() -> None:
    judge, told = choose_judge(CassandraSettings(), SourceSettings())
    found = [reference("s3://other/1.jpg", owner="nobody")]
    assert (list(judge.judge(found)), told) == (found, None)


def test_where_cassandra_does_not_answer_it_is_told_that_nothing_is_judged() -> None:
    settings = CassandraSettings(contact_points=["127.0.0.1"], port=free_port(), request_timeout_s=1)
    judge, told = choose_judge(settings, SourceSettings())
    found = [reference("s3://other/1.jpg", owner="nobody")]
    assert list(judge.judge(found)) == found
    assert told is not None
    assert "not checked before publishing" in told
