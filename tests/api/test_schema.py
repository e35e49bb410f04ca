"""What schemathesis makes of the API's own description: whatever it sends, no answer is a bug's."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lib_roop.api import server
from tests.api.serving import sent, serving
from tests.fakes import FakeHost, Fakes, row

schemathesis = pytest.importorskip("schemathesis", reason="its packages do not fit beside a web UI's")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
"""All but whether what fits the schema is accepted: no schema says which texts are pictures."""
EXAMPLES = 12
PICTURES = sent(row(10, 200)), sent(row(90)), "data:image/png;base64,", "AAAA", "/etc/passwd", ""
TAKEN = ("image", "images", "source", "like", "mask_picture", "source_image", "target_image")


def with_pictures(value: Any, name: str = "") -> Any:
    """The value with pictures, which no schema makes, in the fields that take some."""
    if isinstance(value, dict):
        return {each: with_pictures(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [with_pictures(each, name) for each in value]
    return PICTURES[len(value) % len(PICTURES)] if isinstance(value, str) and name in TAKEN else value


def test_no_request_ends_in_a_bug_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    engine = Fakes(host=FakeHost(folders=(tmp_path / "models",), faces=faces)).engine()
    with serving(server.application(engine)) as served:
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/roop/v1/openapi.json")
        operations = [each.ok() for each in schema.get_all_operations()]
        for operation in operations:
            if operation.path != "/roop/v1/doctor":
                _tried(operation)
    assert len(operations) > 10 and {path.name for path in tmp_path.iterdir()} <= {"faces"}


def _tried(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def tried(case: Any) -> None:
        case.body = with_pictures(case.body)
        case.call_and_validate(checks=CHECKS)

    tried()
