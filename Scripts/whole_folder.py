"""Folders that are either whole or not there: what the scripts beside this file share.

A folder is built beside its place under a hidden name and renamed into it at the end, so an interruption at any
moment, `kill -9` included, leaves the old folder, no folder, or the new one, and never a half-made one.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path


class Failure(Exception):
    """What went wrong and what to do, in one line."""


def say(message):
    """A line of progress. Standard output is kept for results."""
    print(message, file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(directory):
    """Makes `directory` and holds it: a second run that wants it waits. The kernel lets go when a process dies."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{directory}: another run is at work here; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def hidden(target):
    """The names beside `target` under which its successor grows and its predecessor waits to be removed."""
    return [target.parent / f".{target.name}.{end}" for end in ("partial", "old")]


def clear_leftovers(target):
    """Removes what a killed run left. The caller holds `target`'s parent with `locked`, so it is nobody's."""
    for leftover in hidden(target):
        if leftover.exists():
            shutil.rmtree(leftover)


@contextlib.contextmanager
def replacing(target):
    """Yields an empty folder that takes the place of `target` when the block ends, and is removed when it fails.

    The caller holds `target`'s parent with `locked` and has called `clear_leftovers`.
    """
    partial, old = hidden(target)
    partial.mkdir()
    try:
        yield partial
        for folder, _, files in os.walk(partial):
            for name in files:
                flush_to_disk(os.path.join(folder, name))
        if target.exists():
            target.rename(old)
        partial.rename(target)
        flush_to_disk(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def flush_to_disk(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def run(main):
    """Runs a script's `main`: a failure is one line on standard error and exit status 1."""
    # SIGTERM and SIGHUP unwind like an exception, so that what is half-made is removed.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    name = Path(sys.argv[0]).name
    try:
        main()
    except Failure as failure:
        sys.exit(f"{name}: {failure}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{name}: {where}{error.strerror or error}")
    except KeyboardInterrupt:
        say(f"{name}: interrupted; nothing half-made is left")
        sys.exit(130)
