"""Nothing here runs what a file says, and nothing here asks a network anything.

Read by AST, so that a comment cannot trip it and an alias cannot dodge it. Numba keeps the
compiled kernel in a cache of its own beside the package, as Python keeps bytecode; it is code, is
read from there alone, and no option or file of a person leads to it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cvosim

PACKAGE = Path(cvosim.__file__).parent
ROOT = Path(__file__).parents[2]
BESIDE = [
    file for folder in ("benchmarks", "notebooks") for file in sorted((ROOT / folder).rglob("*.py"))
]
FILES = {
    **{f"cvosim/{file.relative_to(PACKAGE).as_posix()}": file for file in PACKAGE.rglob("*.py")},
    **{file.relative_to(ROOT).as_posix(): file for file in BESIDE},
}

RUN_WHAT_THEY_READ = {
    *("pickle", "_pickle", "cPickle", "cloudpickle", "dill", "jsonpickle", "shelve", "marshal"),
    *("joblib", "torch", "tensorflow", "keras", "skops", "h5py", "tables", "dbm", "code", "runpy"),
}
"""Modules whose files hold programs, or hide them."""
READERS = {
    "yaml": {
        *("load", "load_all", "unsafe_load", "unsafe_load_all", "full_load", "full_load_all"),
        *("Loader", "UnsafeLoader", "FullLoader", "CLoader", "CUnsafeLoader", "CFullLoader"),
        *("add_constructor", "YAMLObject"),
    },
    "os": {"system", "popen", "execv", "execve", "execl", "spawnv", "spawnl", "posix_spawn"},
    "subprocess": {"getoutput", "getstatusoutput"},
    "numpy": {"save", "savez", "savez_compressed", "fromfile", "memmap", "fromregex"},
    "xml.etree.ElementTree": {"parse", "iterparse", "fromstring", "XML", "XMLParser"},
    "sys": {"addaudithook"},
}
"""Names of modules that run what they read, or write what no other program reads."""
METHODS = {
    *("read_pickle", "to_pickle", "read_hdf", "to_hdf", "read_sql", "to_sql", "read_html"),
    *("read_feather", "to_feather", "read_stata", "to_stata", "read_xml", "to_excel", "tofile"),
    *("read_clipboard", "read_sas", "read_spss", "read_gbq", "read_orc", "to_orc"),
}
"""Methods of tables that read or write anything but Parquet, JSON, CSV and text."""
CALLS = {"eval", "exec", "compile", "__import__"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each thing that could run what somebody else wrote."""
    known = _names_of_modules(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Import(names=aliases):
                found = [alias.name for alias in aliases]
                yield from ((line, name) for name in found if _top(name) in RUN_WHAT_THEY_READ)
            case ast.ImportFrom(module=str(module), names=aliases):
                named = READERS.get(module, set()) & {alias.name for alias in aliases}
                yield from ((line, f"{module}.{name}") for name in sorted(named))
                if _top(module) in RUN_WHAT_THEY_READ:
                    yield line, module
            case ast.Attribute(attr=name) if name in METHODS:
                yield line, name
            case ast.Attribute(value=value, attr=name):
                module = known.get(ast.unparse(value), ast.unparse(value))
                if name in READERS.get(module, set()):
                    yield line, f"{module}.{name}"
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield line, name
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if (
                ast.unparse(function).endswith("import_module") and _top(name) in RUN_WHAT_THEY_READ
            ):
                yield line, name
            case ast.Call(func=ast.Attribute(attr="extractall"), keywords=keywords):
                if not any(key.arg == "filter" and _is(key.value, "data") for key in keywords):
                    yield line, "extractall"
            case ast.keyword(arg="shell" | "allow_pickle" as name, value=value):
                if not _is(value, False):
                    yield line, f"{name}={ast.unparse(value)}"


def _top(name: str) -> str:
    return name.partition(".")[0]


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _names_of_modules(tree: ast.AST) -> dict[str, str]:
    """What a file calls the modules that it imports: ``np`` is ``numpy``."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {alias.asname or alias.name: alias.name for alias in node.names}
            found |= {name: f"{node.module}.{module}" for name, module in modules.items()}
    return found


@pytest.mark.parametrize("file", sorted(FILES))
def test_nothing_runs_what_it_reads(file: str) -> None:
    found = [f"{file}:{line}: {what}" for line, what in offences(parsed(FILES[file]))]
    assert found == []


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "lines",
    [
        "import pickle",
        "import joblib as j",
        "import torch.nn",
        "from marshal import loads",
        "from shelve import open",
        "importlib.import_module('dill')",
        "__import__(name)",
        "data = yaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import unsafe_load",
        "import yaml as y\ny.full_load(text)",
        "loader = yaml.UnsafeLoader",
        "value = eval(text)",
        "exec(text)",
        "program = compile(text, 'file', 'exec')",
        "a = np.load(file, allow_pickle=True)",
        "a = np.load(file, allow_pickle=asked)",
        "import numpy as np\nnp.savez(file, a=a)",
        "a.tofile(file)",
        "table = pd.read_pickle(file)",
        "from pandas import read_csv as r\nr(file).to_pickle(other)",
        "subprocess.run(words, shell=True)",
        "import os\nos.system(words)",
        "from os import popen",
        "import subprocess as s\ns.getoutput(words)",
        "from xml.etree import ElementTree\nElementTree.fromstring(text)",
        "import xml.etree.ElementTree as E\nE.parse(file)",
        "tar.extractall(folder)",
        "tar.extractall(folder, filter='fully_trusted')",
    ],
)
def test_each_offence_is_noticed(lines: str) -> None:
    assert list(offences(ast.parse(lines)))


@pytest.mark.parametrize(
    "lines",
    [
        "import json\njson.load(file)",
        "import re\nre.compile(words)",
        "import yaml\nyaml.parse(text, Loader=yaml.CSafeLoader)",
        "np.load(file, allow_pickle=False)",
        "subprocess.run([sys.executable, file], shell=False)",
        "pd.read_parquet(file); pd.read_csv(file)",
        "tar.extractall(folder, filter='data')",
        "os.replace(draft, file)",
        "from xml.etree import ElementTree\nElementTree.tostring(tree)",
    ],
)
def test_the_rest_is_left_alone(lines: str) -> None:
    assert not list(offences(ast.parse(lines)))


# --------------------------------------------------------------------------- the network

NETWORK = {
    *("socket", "ssl", "select", "selectors", "asyncio", "socketserver", "http", "urllib"),
    *("ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "webbrowser", "tornado"),
    *("requests", "httpx", "aiohttp", "urllib3", "websockets", "boto3", "fsspec", "pyarrow.fs"),
    *("distributed", "uvicorn", "starlette", "subprocess"),
}
MAY = {
    "cvosim/app/": {"asyncio", "starlette", "uvicorn"},
    "cvosim/app/server.py": {"asyncio", "starlette", "uvicorn", "socket"},
    "cvosim/experiment/executors/dask_cluster.py": {"asyncio", "distributed"},
}
"""The page listens; whoever names a Dask cluster is connected to it."""


def network(tree: ast.AST) -> set[str]:
    """Modules that could reach a network, or another program, of those that a file imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    parts = {name for whole in found for name in (_top(whole), ".".join(whole.split(".")[:2]))}
    listening = {"multiprocessing.connection.Listener", "multiprocessing.connection.Client"}
    return (parts & NETWORK) | (found & listening)


def test_only_the_page_and_the_cluster_know_a_network() -> None:
    users = {file: network(parsed(path)) for file, path in FILES.items() if file[:3] == "cvo"}
    users = {file: names for file, names in users.items() if names}
    strangers = {}
    for file, names in users.items():
        allowed = MAY.get(file, MAY["cvosim/app/"] if file.startswith("cvosim/app/") else set())
        if names - allowed:
            strangers[file] = names - allowed
    assert strangers == {}
    assert users["cvosim/app/server.py"] == {"socket", "uvicorn", "starlette"}


@pytest.mark.parametrize(
    "lines",
    [
        "import urllib.request",
        "from http import client",
        "from pyarrow import fs",
        "import subprocess",
        "from multiprocessing.connection import Listener",
    ],
)
def test_each_way_to_a_network_is_noticed(lines: str) -> None:
    assert network(ast.parse(lines))


COMMANDS = (
    "run cdnow --customers 300 -o run",
    "compare carpet_cleaning carpet_cleaning_no_tripwire --customers 300 -o compare.html",
    "report carpet_cleaning --customers 300 -o report.html",
    "sweep carpet_cleaning_prices --customers 200 -o sweep",
    "explain saas -o plan.md",
    "schema",
)
WATCHED = """
import sys
seen = []
def watch(event, values):
    inside = event.startswith("socket.") and (event != "socket.__new__" or values[1] != 1)
    if inside or event in ("urllib.Request", "os.system", "webbrowser.open", "ftplib.connect"):
        seen.append(event)
sys.addaudithook(watch)
if sys.argv[1] == "--planted":
    import socket
    socket.socket().close()
else:
    from cvosim.cli import main
    try:
        main(sys.argv[1:])
    except SystemExit as end:
        assert not end.code, end.code
print("seen:", *seen, file=sys.stderr)
"""
"""Python's own audit: every socket that is opened, but those between one's own processes."""


def watched(folder: Path, words: str) -> str:
    command = [sys.executable, "-c", WATCHED, *words.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1].strip()


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_opens_a_socket(words: str, tmp_path: Path) -> None:
    assert watched(tmp_path, words) == "seen:"
    endings = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    text, pictures = {".csv", ".md", ".txt", ".html", ".yaml", ""}, {".svg", ".png"}
    assert endings <= {".parquet", ".json", *text, *pictures}


def test_an_opened_socket_would_be_seen(tmp_path: Path) -> None:
    assert watched(tmp_path, "--planted") == "seen: socket.__new__"
