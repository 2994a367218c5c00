"""What the store and the feeds file hold is not for every account of the machine."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterator

from feeds.doctor import Finding, Patient

OTHERS = stat.S_IROTH | stat.S_IWOTH


def check(patient: Patient) -> Iterator[Finding]:
    """Others than owner and group reach a file when its folder lets them in and the file itself may be read or written."""
    store = patient.sqlite_path
    files = [patient.settings.feeds_file, patient.settings.spool_folder]
    files += [] if store is None else [store, store.with_name(f"{store.name}-wal")]
    open_ = [path for path in files if path.exists() and path.parent.stat().st_mode & stat.S_IXOTH and path.stat().st_mode & OTHERS]
    if open_:
        named = ", ".join(str(path) for path in open_)
        command = f"chmod o-rwx {shlex.join(map(str, open_))}"
        yield Finding("warning", "doctor.open_to_others", {"paths": named}, command)
