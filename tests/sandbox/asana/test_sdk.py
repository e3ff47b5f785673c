"""The official Python SDK works against the stand-in as against Asana."""

import json
from collections.abc import Iterator
from typing import Any

import asana
import pytest
import urllib3
from asana.rest import ApiException

from tests.sandbox.asana.desk import Office


@pytest.fixture
def client(office: Office) -> Iterator[asana.ApiClient]:
    """An SDK client of Ada's, without retries, closed at the end."""
    configuration = asana.Configuration()
    configuration.host = office.base_url
    configuration.access_token = "token-of-ada@example.org"
    configuration.retry_strategy = urllib3.Retry(0, raise_on_status=False)
    client = asana.ApiClient(configuration)
    yield client
    client.rest_client.pool_manager.clear()
    client.pool.close()
    client.pool.join()


def test_the_sdk_creates_reads_pages_and_deletes(office: Office, client: asana.ApiClient) -> None:
    tasks = asana.TasksApi(client)
    body = {"data": {"name": "From the SDK", "projects": [office.project], "due_on": "2026-03-09"}}
    task = tasks.create_task(body, {})
    assert tasks.get_task(task["gid"], {"opt_fields": "name,due_on"})["due_on"] == "2026-03-09"
    for number in range(120):
        office.state.add_task(office.project, f"t{number}", by=office.ada.gid)
    listed: list[Any] = list(tasks.get_tasks_for_project(office.project, {"opt_fields": "name"}))
    assert len(listed) == 121
    section = office.state.add_section(office.project, "Next")
    asana.SectionsApi(client).add_task_for_section(section, {"body": {"data": {"task": task["gid"]}}})
    assert [one["gid"] for one in tasks.get_tasks_for_section(section, {})] == [task["gid"]]
    tasks.delete_task(task["gid"])
    with pytest.raises(ApiException) as refused:
        tasks.get_task(task["gid"], {})
    assert refused.value.status == 404


def test_the_sdk_meets_expired_sync_tokens_and_reads_events(office: Office, client: asana.ApiClient) -> None:
    events = asana.EventsApi(client)
    with pytest.raises(ApiException) as expired:
        events.get_events(office.project, {}, full_payload=True)
    assert expired.value.status == 412
    sync = json.loads(expired.value.body)["sync"]
    office.ada.task(office.project)
    answer = events.get_events(office.project, {"sync": sync}, full_payload=True)
    assert [event["action"] for event in answer["data"]] == ["added", "added", "added"]
    assert (answer["has_more"], answer["sync"] != sync) == (False, True)
