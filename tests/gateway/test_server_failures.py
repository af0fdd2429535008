"""Exceptions that a handler lets out: answered 500, told to the owner, survived by the connection."""

from typing import Any

import pytest
from tests.gateway.serving import Scene, play, request, text

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange


def fail(*_: Any) -> Any:
    raise LookupError("the handler's mistake")


@pytest.mark.parametrize("where", ["begin", "serve"])
def test_it_is_answered_500_in_neutral_form_and_reported(where: str) -> None:
    async def act(scene: Scene) -> None:
        (scene.stage.on_begin if where == "begin" else scene.stage.on_serve)[b"/bad"] = fail
        client = await scene.client()

        client.send(request("/bad", "POST", b"abc") + request("/good", "POST", b"abc"))
        bad, good = await client.answer(), await client.answer()

        assert (bad.status, bad.body) == (500, b"500 Internal Server Error\n")
        assert good.body == b"POST /good 3"
        (head, error) = scene.reports[0]
        assert head is scene.stage.begun[0].head
        assert isinstance(error, LookupError)

    play(act)


def test_failing_to_take_a_stream_is_answered_500(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(scene: Scene) -> None:
        async def unused(exchange: Exchange, body: BodyReader) -> None:
            raise AssertionError

        scene.stage.on_stream[b"/in"] = unused
        monkeypatch.setattr(scene.stage, "serve_stream", fail)
        client = await scene.client()

        client.send(request("/in", "PUT", b"abc") + request("/good"))

        assert (await client.answer()).status == 500
        assert (await client.answer()).body == b"GET /good 0"

    play(act)


def test_failing_after_the_answer_changes_nothing_for_the_client() -> None:
    async def act(scene: Scene) -> None:
        def answer_and_fail(exchange: Exchange, body: bytes) -> None:
            text(exchange, "answered")
            fail()

        scene.stage.on_serve[b"/bad"] = answer_and_fail
        client = await scene.client()

        client.send(request("/bad") + request("/good"))

        assert (await client.answer()).body == b"answered"
        assert (await client.answer()).body == b"GET /good 0"
        assert len(scene.reports) == 1

    play(act)


def test_a_failing_close_callback_is_reported_and_the_others_are_called() -> None:
    async def act(scene: Scene) -> None:
        told: list[bool] = []
        client = await scene.client()
        client.send(request("/wait") * 2)
        await scene.until(lambda: len(scene.stage.served) == 2)
        scene.stage.served[0][0].on_close.append(fail)
        scene.stage.served[1][0].on_close.append(lambda: told.append(True))

        client.reset()
        await scene.until(lambda: not scene.server.hub.members)

        assert told == [True]
        assert isinstance(scene.reports[0][1], LookupError)

    play(act)
