"""Checks the gateway's description, and calls capabilities with a client generated from it."""

import importlib
import json
import pathlib
import subprocess
import sys
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
description = folder / "openapi.json"
with urllib.request.urlopen(f"{url}/openapi.json") as response:
    description.write_bytes(response.read())
document = json.loads(description.read_text())
problems = list(OpenAPIV31SpecValidator(document).iter_errors())
assert not problems, problems

# The formatter that the generator runs by default is not needed.
config = folder / "config.json"
config.write_text(json.dumps({"post_hooks": [], "package_name_override": "generated"}))
generated = subprocess.run(
    [
        pathlib.Path(sys.executable).with_name("openapi-python-client"),
        *("generate", "--meta", "none", "--overwrite"),
        *("--path", description, "--output-path", folder / "generated", "--config", config),
    ],
    capture_output=True,
    text=True,
)
assert generated.returncode == 0, generated.stdout + generated.stderr
# A body of lines is beyond this generator; nothing else may be missing.
warnings = [line for line in generated.stdout.splitlines() if line.startswith("WARNING")]
assert all("trial.sum" in line for line in warnings), generated.stdout

sys.path.insert(0, str(folder))
client = importlib.import_module("generated").Client(base_url=url)


def operation(org, name):
    return importlib.import_module(f"generated.api.{org}.{org}_{name}")


say = operation("hecate_echo", "echo_say_v1")
assert say.sync(client=client, body="grüße") == "grüße"

models = importlib.import_module("generated.models")
given = models.HecateTrialTrialDocumentV1Request(title="Tides", public=True, pages=3, tags=["sea"])
returned = operation("hecate_trial", "trial_document_v1").sync(client=client, body=given)
assert (returned.public, returned.pages, returned.note) == (True, 3, None), returned

refused = operation("hecate_trial", "trial_refuse_v1").sync_detailed(client=client, body="no_such_thing")
assert refused.status_code == 400, refused
assert json.loads(refused.content)["code"] == "no_such_thing", refused
print("all answered")
