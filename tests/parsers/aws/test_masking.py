"""What may let somebody in is masked, wherever it stands in a file of an account."""

import pytest

from flowmodel.source import Source
from parsers.aws.masking import masked

TEXTS = [
    ('{"MasterUserPassword": "s3cr:t", "a": 1}', '{"MasterUserPassword": "xxxxxx", "a": 1}'),
    ('{"ClientSecret":"a\\"b"}', '{"ClientSecret":"xxxx"}'),
    ('{"DbPassword": "it\'s"}', '{"DbPassword": "xxxx"}'),
    ('{"UserData": {"Value": 1}}', '{"UserData": {"Value": 1}}'),
    ('{"UpdateToken": "a-1"}', '{"UpdateToken": "a-1"}'),
    ("  AuthToken: s3cr t", "  AuthToken: xxxx x"),
    ("- DbPassword: 's3cr: t'", "- DbPassword: 'xxxxx x'"),
    ("GroupName: Secrets", "GroupName: Secrets"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_values_of_such_keys_are_masked(text: str, expected: str) -> None:
    assert masked(Source("a", [text])).lines == [expected]
