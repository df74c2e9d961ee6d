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
    ('{"SecretPassword": "a b", "x.Secret":"c"}', '{"SecretPassword": "x x", "x.Secret":"x"}'),
    ("a: b DbPassword: s3cret", "a: b DbPassword: s3cret"),
    ("a: Secret\n  DbPassword: s3cret\nb: 1", "a: Secret\n  DbPassword: xxxxxx\nb: 1"),
    ('"Secret" "DbPassword"\n: "s3cret"', '"Secret" "DbPassword"\n: "xxxxxx"'),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_values_of_such_keys_are_masked(text: str, expected: str) -> None:
    assert masked(Source("a", text.split("\n"))).lines == expected.split("\n")
