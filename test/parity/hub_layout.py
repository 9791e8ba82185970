"""How huggingface_hub sees a cache: `hub_layout.py scan <cache> <repo>`; `make <cache> <repo> <commit>` writes one with
huggingface_hub's own functions from files on stdin, as JSON {"name": "text"}; `card <path>` prints the keys of a model
card; `choose` the files that patterns on stdin leave of a list; `environment` the places that variables on stdin lead to.
Nothing asks the network.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"


def scan(cache, repo):
    from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache

    info = scan_cache_dir(cache)
    (found,) = [one for one in info.repos if one.repo_id == repo]
    revisions = sorted(
        (
            {
                "commit": revision.commit_hash,
                "refs": sorted(revision.refs),
                "bytes": revision.size_on_disk,
                "files": sorted([str(f.file_path.relative_to(revision.snapshot_path)), f.size_on_disk] for f in revision.files),
            }
            for revision in found.revisions
        ),
        key=lambda revision: revision["commit"],
    )
    print(
        json.dumps(
            {
                "warnings": [str(warning) for warning in info.warnings],
                "type": found.repo_type,
                "bytes": found.size_on_disk,
                "revisions": revisions,
                "snapshot": snapshot_download(repo, cache_dir=cache, local_files_only=True),
                "file": hf_hub_download(repo, "config.json", cache_dir=cache),
                "known": try_to_load_from_cache(repo, "model.safetensors", cache_dir=cache),
            }
        )
    )


def make(cache, repo, commit):
    from huggingface_hub import file_download

    folder = Path(cache) / file_download.repo_folder_name(repo_id=repo, repo_type="model")
    for name, text in json.load(sys.stdin).items():
        content = text.encode()
        blob = folder / "blobs" / hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        pointer = Path(file_download._get_pointer_path(str(folder), commit, name))
        pointer.parent.mkdir(parents=True, exist_ok=True)
        file_download._create_symlink(str(blob), str(pointer), new_blob=True)
    file_download._cache_commit_hash_for_specific_revision(str(folder), "main", commit)


def card(path):
    from huggingface_hub import ModelCard

    loaded = ModelCard.load(path)
    print(json.dumps({"keys": loaded.data.to_dict(), "text": loaded.text}))


def choose():
    from huggingface_hub.utils import filter_repo_objects

    for line in sys.stdin:
        asked = json.loads(line)
        kept = filter_repo_objects(
            asked["files"], allow_patterns=asked["include"], ignore_patterns=asked["exclude"] or None
        )
        print(json.dumps(list(kept)))


def environment():
    """Each line on stdin is one environment, as JSON."""
    import importlib

    from huggingface_hub import constants, get_token

    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_", "XDG_"))}
    for line in sys.stdin:
        os.environ.clear()
        os.environ.update(plain | json.loads(line))
        importlib.reload(constants)
        places = {"cacheDir": constants.HF_HUB_CACHE, "endpoint": constants.ENDPOINT, "offline": constants.HF_HUB_OFFLINE}
        print(json.dumps({**places, "token": get_token()}))


if __name__ == "__main__":
    commands = {"scan": scan, "make": make, "card": card, "choose": choose, "environment": environment}
    commands[sys.argv[1]](*sys.argv[2:])
