"""A client for `cpm bridge serve`, with the standard library only (docs/bridge.md)."""

import itertools
import json
import subprocess
import sys


class CpmError(Exception):
    """An error of cpm, with its code and, if it has one, a hint."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.hint = error.get("hint")


class Bridge:
    """A cpm that stays open. `with Bridge() as cpm: cpm.install(cwd="project")`."""

    def __init__(self, command=("cpm",)):
        self._ids = itertools.count(1)
        self._cpm = subprocess.Popen(
            [*command, "bridge", "serve", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._cpm.stdin.close()
        self._cpm.stdout.close()
        self._cpm.wait()

    def call(self, method, **params):
        request = {"id": next(self._ids), "method": method, "params": params}
        self._cpm.stdin.write(json.dumps(request) + "\n")
        self._cpm.stdin.flush()
        line = self._cpm.stdout.readline()
        if line == "":
            raise RuntimeError("cpm ended without an answer")
        answer = json.loads(line)
        if not answer["success"]:
            raise CpmError(answer["error"])
        return answer["data"]

    def install(self, *packages, **params):
        return self.call("install", packages=list(packages), **params)

    def uninstall(self, *packages, **params):
        return self.call("uninstall", packages=list(packages), **params)

    def verify(self, **params):
        return self.call("verify", **params)

    def state(self, **params):
        return self.call("state", **params)


def main():
    """Shows what the project in a folder has: python3 cpm_bridge.py [folder]."""
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    with Bridge() as cpm:
        for package in cpm.state(cwd=folder)["packages"]:
            print(package["name"], package["version"])


if __name__ == "__main__":
    main()
