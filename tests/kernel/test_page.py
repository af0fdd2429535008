import base64

import pytest

from orrery.kernel.page import TokenMaker

POSITION = ("orders", 7)


@pytest.fixture
def tokens() -> TokenMaker:
    return TokenMaker(b"a cloud's own secret")


def test_a_token_names_the_position_it_was_made_for(tokens: TokenMaker) -> None:
    assert tokens.read(tokens.make(POSITION, b"ListQueues prefix=o"), b"ListQueues prefix=o") == POSITION


def test_a_token_is_refused_with_other_arguments_or_by_another_cloud(tokens: TokenMaker) -> None:
    token = tokens.make(POSITION, b"ListQueues prefix=o")
    assert tokens.read(token, b"ListQueues prefix=p") is None
    assert TokenMaker(b"another secret").read(token, b"ListQueues prefix=o") is None


def test_a_token_that_was_altered_in_any_byte_is_refused(tokens: TokenMaker) -> None:
    data = base64.urlsafe_b64decode(tokens.make(POSITION, b"x"))
    for place in range(len(data)):
        altered = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(data))
        assert tokens.read(base64.urlsafe_b64encode(altered).decode(), b"x") is None


@pytest.mark.parametrize("token", ["", "a", "not a token!", "AAAA", "ü"])
def test_what_is_no_token_is_refused(tokens: TokenMaker, token: str) -> None:
    assert tokens.read(token, b"x") is None
