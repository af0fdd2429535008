"""Draining: nothing new is let in, what is in flight is finished, the rest is broken off in time."""

import asyncio

import pytest
from tests.gateway.serving import Scene, play, request, text


def test_requests_in_flight_are_finished_and_their_connections_closed() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        client.send(request("/wait") * 2)
        await scene.until(lambda: len(scene.stage.served) == 2)

        draining = asyncio.ensure_future(scene.server.drain(30))
        await scene.settled()
        for exchange, _ in scene.stage.served:
            text(exchange, "finished")
        first, last = await client.answer(), await client.answer()

        assert (first.body, last.body) == (b"finished", b"finished")
        assert "connection" not in first.headers
        assert last.headers["connection"] == "close"
        assert await client.ended() == b""
        assert await draining is True

    play(act)


def test_connections_at_rest_are_closed_at_once_and_nobody_is_let_in() -> None:
    async def act(scene: Scene) -> None:
        silent, idle = await scene.client(), await scene.client()
        await idle.get("/a")
        await scene.until(lambda: len(scene.server.hub.members) == 2)

        finished = await scene.server.drain(30)

        assert finished
        assert await silent.ended() == await idle.ended() == b""
        with pytest.raises(OSError):
            await scene.client()

    play(act)


def test_a_request_half_received_is_served_before_the_connection_closes() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        whole = request("/x", "PUT", b"body")
        client.send(whole[:20])
        await scene.settled()

        draining = asyncio.ensure_future(scene.server.drain(30))
        await scene.settled()
        client.send(whole[20:])
        answer = await client.answer()

        assert (answer.body, answer.headers["connection"]) == (b"PUT /x 4", "close")
        assert await draining is True

    play(act)


def test_what_does_not_finish_in_time_is_broken_off() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        told: list[bool] = []
        client.send(request("/wait"))
        await scene.until(lambda: bool(scene.stage.served))
        scene.stage.served[0][0].on_close.append(lambda: told.append(True))

        finished = await scene.server.drain(0.01)

        assert not finished
        assert told == [True]
        assert await client.ended() == b""
        assert not scene.server.hub.members

    play(act)
