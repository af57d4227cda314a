"""The server the other tests trust."""

from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import postgres_database, postgres_server


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def databases(server: str) -> set[str]:
    with psycopg.connect(libpq(server)) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_a_named_server_is_used_and_no_other_is_started(
    postgres_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOMCORE_PG_DSN", libpq(postgres_server_url))

    with postgres_server() as url:
        assert databases(url) == databases(postgres_server_url)
        assert url == postgres_server_url


def test_a_named_server_that_does_not_answer_is_a_failure_and_not_a_skip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ECOMCORE_PG_DSN", f"host={tmp_path} dbname=postgres user=postgres")

    with pytest.raises(psycopg.OperationalError), postgres_server() as server, postgres_database(server):
        pass


def test_a_database_is_dropped_even_while_somebody_is_connected(postgres_server_url: str) -> None:
    before = databases(postgres_server_url)

    with postgres_database(postgres_server_url) as url:
        left_open = psycopg.connect(libpq(url))
        assert databases(postgres_server_url) > before

    assert databases(postgres_server_url) == before
    left_open.close()


def test_the_tests_server_has_room_for_many_and_commits_as_in_production(postgres_url: str) -> None:
    with psycopg.connect(libpq(postgres_url)) as connection:
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())

    assert int(settings["max_connections"]) >= 100
    assert settings["synchronous_commit"] == "on"
