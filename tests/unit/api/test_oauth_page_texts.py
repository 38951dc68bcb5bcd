"""A client's name on the pages that people decide on is what it is, and nothing beside."""

import re

from api.oauth import pages
from schemas.access.accounts import Scope
from tests import samples

HOSTILE = '<b>Vedette</b>\u202e\u200bstsurt\n\x9b31m&"'


def test_a_name_is_neither_markup_nor_hidden() -> None:
    client = samples.client(name=HOSTILE)
    account = samples.account("anna@shop.example")
    written = [
        pages.log_in_page("/authorize?x=1&y=2", "token", client, error=HOSTILE),
        pages.consent_page("/authorize?x=1", "token", client, account, [Scope.RESULTS_READ], "https://a.example/back"),
        pages.error_page(HOSTILE),
    ]
    for page in written:
        text = bytes(page.body).decode()
        assert "&lt;b&gt;Vedette&lt;/b&gt;\\u202e\\u200bstsurt\\u000a\\u009b31m&amp;&quot;" in text
        assert not re.search("[\u200b\u202e\x9b]", text)
