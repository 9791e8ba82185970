#!/usr/bin/env python3
"""Chat templates rendered by Python's jinja2, set up as Hugging Face's transformers sets it up.

usage: chat_template_reference.py < cases.jsonl > rendered.jsonl
Each input line is {"template", "variables", "now": "YYYY-MM-DDTHH:MM:SS" or null}; each output line is {"text"}, or
{"error"} with the message that the template raised, or null for a template that fails otherwise.
"""

import datetime
import json
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox


class Raised(jinja2.exceptions.TemplateError):
    pass


def raise_exception(message):
    raise Raised(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


for line in sys.stdin:
    case = json.loads(line)
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    if case["now"] is not None:
        now = datetime.datetime.fromisoformat(case["now"])
        environment.globals["strftime_now"] = now.strftime
    try:
        print(json.dumps({"text": environment.from_string(case["template"]).render(**case["variables"])}))
    except Raised as error:
        print(json.dumps({"error": error.message}))
    except (jinja2.exceptions.TemplateError, TypeError):
        print(json.dumps({"error": None}))
