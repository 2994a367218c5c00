"""A backup of somebody else's that brings a plug-in along."""

from __future__ import annotations

from bench.faults.machine.room import Room
from bench.faults.table import Line
from tests.support.backups import digest, forged
from tests.support.programs import run

EVIL = b"import os\nos.system('touch owned')\n"
PLUGIN = "plugins/kinds/x.py"


def forged_backup(room: Room) -> Line:
    """Restored with its configuration: the plug-in is left out and named; with plug-ins it needs the file's digest. The data stays."""
    stage = room.stage
    stage.stop()
    told = {"IOC_STORE": stage.url, "IOC_HOME": str(stage.home)}
    before = room.source.held(stage)[0]
    made = run(["backup", "a.zip", "--with-config"], told, stage.home, 300)
    backup = forged(stage.home / "a.zip", {PLUGIN: EVIL, "sitecustomize.py": EVIL})
    restore = ["restore", str(backup), "--replace", "--with-config"]
    plain = run(restore, told, stage.home, 300)
    refused = [run([*restore, "--with-plugins", *more], told, stage.home, 300) for more in ([], ["--sha256", digest(stage.home / "a.zip")])]
    stage.engine.dispose()
    kept = room.source.held(stage)[0] == before
    owned = [path for path in stage.home.rglob("*") if path.is_file() and path.suffix != ".zip" and path.read_bytes() == EVIL]
    named = PLUGIN in plain.stdout + plain.stderr
    right = (made.returncode, plain.returncode, *(done.returncode for done in refused)) == (0, 0, 2, 2) and named and not owned
    seen = next((line for line in (plain.stdout + plain.stderr).splitlines() if PLUGIN in line), "nothing is said")
    stage.start()
    room.tell()
    expected = "the plug-in is left out and named; with plug-ins only by the digest of the file"
    return room.line("a forged backup with a plug-in is restored", seen.strip(), kept, as_expected=right, expected=expected)
