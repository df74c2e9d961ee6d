"""What GitHub and other readers of SARIF require of it, as a JSON Schema of our own."""

_TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
_MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": _TEXT}}
_LEVEL = {"enum": ["note", "warning", "error"]}
_NUMBER = {"type": "integer", "minimum": 1}
_LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": _NUMBER,
        "message": _MESSAGE,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~%/:-]+$"}},
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "properties": {
                        "startLine": _NUMBER,
                        "startColumn": _NUMBER,
                        "endLine": _NUMBER,
                        "endColumn": _NUMBER,
                    },
                    "additionalProperties": False,
                },
                "contextRegion": {
                    "type": "object",
                    "required": ["startLine", "endLine"],
                    "properties": {"startLine": _NUMBER, "endLine": _NUMBER},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_FLOW = {
    "type": "object",
    "required": ["threadFlows"],
    "properties": {
        "threadFlows": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["locations"],
                "properties": {
                    "locations": {
                        "type": "array",
                        "minItems": 2,
                        "items": {
                            "type": "object",
                            "required": ["location"],
                            "properties": {"location": _LOCATION},
                        },
                    }
                },
            },
        }
    },
}
_RULE = {
    "type": "object",
    "required": ["id", "name", "shortDescription", "fullDescription", "help", "properties"],
    "properties": {
        "id": {"type": "string", "pattern": r"^FW\d{3}$"},
        "name": {"type": "string", "pattern": r"^([A-Z][a-z0-9]*)+$", "maxLength": 255},
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "help": {
            "type": "object",
            "required": ["text", "markdown"],
            "properties": {
                name: {"type": "string", "minLength": 1} for name in ("text", "markdown")
            },
        },
        "defaultConfiguration": {"type": "object", "required": ["level"]},
        "properties": {
            "type": "object",
            "required": ["tags", "precision", "security-severity", "problem.severity"],
            "properties": {
                "tags": {"type": "array", "maxItems": 20, "contains": {"const": "security"}},
                "precision": {"enum": ["very-high", "high", "medium", "low"]},
                "security-severity": {"type": "string", "pattern": r"^(10|\d)\.\d$"},
                "problem.severity": {"enum": ["error", "warning", "recommendation"]},
            },
        },
    },
}
_RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "level": _LEVEL,
        "message": {"type": "object", "required": ["text"]},
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": _LOCATION},
        "relatedLocations": {"type": "array", "maxItems": 100, "items": _LOCATION},
        "codeFlows": {"type": "array", "minItems": 1, "items": _FLOW},
        "partialFingerprints": {
            "type": "object",
            "required": ["fwlint/v1"],
            "maxProperties": 1,
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "results": {"type": "array", "maxItems": 5_000, "items": _RESULT},
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "version", "informationUri", "rules"],
                                "properties": {"rules": {"type": "array", "items": _RULE}},
                            }
                        },
                    },
                },
            },
        },
    },
}
