"""What the server's own validator prints."""

from __future__ import annotations

from devenv.dynamicconfig.verdict import Verdict, parse_verdicts

# As `temporal-server validate-dynamic-config 0 1 2 3` of 1.32.2 prints it.
PRINTED = """\
0
1
  error: unknown constraint type "nonsense"
  warning: unregistered key "foo.bar"
2
3
  error: decode error: yaml: unmarshal errors:
  line 1: cannot unmarshal !!int `1` into dynamicconfig.yamlConstrainedValue
  line 2: cannot unmarshal !!int `2` into dynamicconfig.yamlConstrainedValue
  warning: validation failed: key "limit.maxidlength" value x: value type is not int
"""


def test_each_sentence_belongs_to_the_file_above_it() -> None:
    """Files without one are fine."""
    verdicts = parse_verdicts(PRINTED, 4)
    assert [(each.file, each.severity) for each in verdicts] == [
        (1, "error"),
        (1, "warning"),
        (3, "error"),
        (3, "warning"),
    ]
    assert verdicts[1] == Verdict(1, "warning", 'unregistered key "foo.bar"')


def test_a_message_of_several_lines_is_one() -> None:
    """The YAML library lists its reasons below each other."""
    message = parse_verdicts(PRINTED, 4)[2].message
    assert "unmarshal errors: line 1: cannot unmarshal" in message
    assert message.endswith("line 2: cannot unmarshal !!int `2` into dynamicconfig.yamlConstrainedValue")


def test_a_verdict_knows_its_key_or_line() -> None:
    """Where the message names one."""
    verdicts = parse_verdicts(PRINTED, 4)
    assert [each.key for each in verdicts] == [None, "foo.bar", None, "limit.maxidlength"]
    assert [each.line for each in verdicts] == [None, None, 1, None]


def test_silence_is_no_verdict() -> None:
    assert parse_verdicts("0\n1\n", 2) == []
    assert parse_verdicts("", 0) == []
