"""The walls around every program that reads uploaded bytes, and its end at the limit.

The best rung of the ladder that works on this machine is taken (`isolation`): own namespaces by
bubblewrap, else by unshare, else a machine without a network (a container, systemd's PrivateNetwork),
else nothing. Inside there is one folder to write to, and no more environment than `_environment`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from documents.conversion.processes import stop

INSIDE = Path(__file__).resolve().parent / "inside"
#: Who works inside when the site itself runs as root; nobody owns nothing.
NOBODY = 65534
PREFIX = "erp-preview-"
#: Seconds after which a folder of a process that is gone is removed.
STALE = 24 * 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document: seconds on the clock and of the processor, bytes, open files, processes."""

    wall: float = 90
    cpu: int = 60
    memory: int = 2 << 30
    file_size: int = 200 << 20
    open_files: int = 256
    processes: int = 512


@dataclass(frozen=True, slots=True)
class Level:
    """A rung of the ladder: `root` is where the working folder appears inside, "" for the same place."""

    name: str
    root: str
    safe: bool = True

    def inside(self, work: Path, *names: str) -> str:
        """The path of a file of the working folder as the program inside sees it."""
        return str(Path(self.root or work, *names))


BWRAP = Level("bubblewrap", "/erp-preview")
UNSHARE = Level("unshare", "/mnt")
OFFLINE = Level("no network", "")
NONE = Level("none", "", safe=False)


@lru_cache(maxsize=1)
def isolation() -> Level:
    """The best rung that works here, tried once per process."""
    for level in (BWRAP, UNSHARE):
        if shutil.which(_TOOLS[level.name]) and _holds(level):
            return level
    net = Path("/sys/class/net")
    if net.is_dir() and {entry.name for entry in net.iterdir()} <= {"lo"}:
        return OFFLINE
    return NONE


def _holds(level: Level) -> bool:
    """A program starts inside, finds our own, may write to its folder, and finds no network."""
    with workplace(level) as work:
        probe, python = level.inside(work, "job", "probe"), sys.executable
        offline = "! grep -qv '^ *lo:\\|[|]' /proc/net/dev"
        script = f"touch {probe} && {offline} && test -r {INSIDE} && {python} -I -c 0"
        try:
            done = start(["sh", "-c", script], work, level=level)
        except OSError:
            return False
        try:
            return done.wait(10) == 0 and (work / "job" / "probe").exists()
        except subprocess.TimeoutExpired:
            return False
        finally:
            stop(done)


@contextmanager
def workplace(level: Level | None = None) -> Iterator[Path]:
    """A folder for one program, deleted afterwards: `home` is the program's, `job` holds what it works
    on. Inside both are mount points: nothing there can put another folder in their place."""
    work = Path(tempfile.mkdtemp(prefix=prefix()))
    try:
        work.chmod(0o711)
        for name in ("job", "home"):
            (work / name).mkdir(mode=0o700)
            if _becomes_nobody(level or isolation()):
                os.chown(work / name, NOBODY, NOBODY)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def prefix() -> str:
    """How names of temporary folders of this process begin."""
    return f"{PREFIX}{os.getpid()}-"


def sweep() -> int:
    """Remove temporary folders of processes that were killed; returns how many."""
    gone, eldest = 0, time.time() - STALE
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(OSError):
            lives = os.name == "posix" and Path("/proc", owner).exists()
            if not lives and path.stat().st_mtime < eldest:
                shutil.rmtree(path)
                gone += 1
    return gone


def own(home: Path) -> None:
    """Give what we wrote into `home` to whoever works inside."""
    who = home.stat()
    if _is_root() and who.st_uid:
        for path in home.rglob("*"):
            os.chown(path, who.st_uid, who.st_gid)


def clear(work: Path) -> None:
    """Empty the job folder."""
    for entry in os.scandir(work / "job"):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def put_in(source: Path, work: Path, name: str) -> None:
    """Copy a file into the job folder, for reading only. Raises FileExistsError: never writes through
    what a program left there."""
    with source.open("rb") as given, (work / "job" / name).open("xb") as copy:
        shutil.copyfileobj(given, copy, 1 << 20)
    (work / "job" / name).chmod(0o444)


def take_out(work: Path, name: str, target: Path) -> bool:
    """Copy what a program wrote to `target`; False where it wrote no plain file with something in it.
    Links and pipes are not followed: they could lead to anything that we may read."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        handle = os.open(work / "job" / name, flags)
    except OSError:
        return False
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or not found.st_size or found.st_nlink != 1:
        os.close(handle)
        return False
    with os.fdopen(handle, "rb") as made, target.open("wb") as copy:
        shutil.copyfileobj(made, copy, 1 << 20)
    return True


def start(
    program: Sequence[str],
    work: Path,
    *,
    limits: Limits | None = None,
    level: Level | None = None,
    **streams: IO[Any] | int | None,
) -> subprocess.Popen[bytes]:
    """Start a program behind the walls; it dies with this process. `limits.cpu` is for its whole life.

    Raises OSError when it cannot be started."""
    level = level or isolation()
    command = [*_limited(limits or Limits()), *_WRAPS[level.name](work), *_nobody(level), *program]
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    options |= {"stderr": subprocess.DEVNULL, "env": _environment(level, work), "close_fds": True}
    if os.name == "posix":
        options |= {"start_new_session": True, "cwd": "/" if level.root else work}
    begin = partial(subprocess.Popen[bytes], command, **options | streams)
    return cast("subprocess.Popen[bytes]", _Starter.here().submit(begin).result())


class _Starter:
    """The thread that starts every program: the kernel counts a starter's death by thread, and threads
    of a worker come and go."""

    _of: tuple[int, ThreadPoolExecutor] | None = None
    _lock = threading.Lock()

    @classmethod
    def here(cls) -> ThreadPoolExecutor:
        with cls._lock:
            if cls._of is None or cls._of[0] != os.getpid():
                cls._of = (os.getpid(), ThreadPoolExecutor(1, "sandbox"))
            return cls._of[1]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _nobody(level: Level) -> list[str]:
    """Started by root, programs run as nobody."""
    if not shutil.which("setpriv"):
        return []
    if not _becomes_nobody(level):
        return ["setpriv", "--pdeathsig", "KILL", "--no-new-privs"]
    who = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [
        "setpriv",
        *who,
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--pdeathsig",
        "KILL",
        "--no-new-privs",
    ]


def _becomes_nobody(level: Level) -> bool:
    """Where the file system is the real one, nobody must be able to read our interpreter."""
    if not _is_root() or level is BWRAP:
        return _is_root()
    places = (Path(place) for place in _programs())
    return all(part.stat().st_mode & 0o001 for place in places for part in (place, *place.parents))


def _environment(level: Level, work: Path) -> dict[str, str]:
    """All that a program inside learns of us."""
    home = level.inside(work, "home")
    kept = {"LANG": "C.UTF-8", "HOME": home, "TMPDIR": home}
    kept |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    if os.name != "posix":
        names = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PROGRAMFILES", "COMMONPROGRAMFILES")
        return kept | {"TEMP": home, "TMP": home} | {n: os.environ[n] for n in names if n in os.environ}
    return kept | {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def _limited(limits: Limits) -> list[str]:
    """Nothing where util-linux is missing: the clock of whoever waits is the only limit there."""
    if not shutil.which("prlimit"):
        return []
    return [
        "prlimit",
        f"--as={limits.memory}",
        f"--cpu={limits.cpu}",
        f"--fsize={limits.file_size}",
        f"--nofile={limits.open_files}",
        f"--nproc={limits.processes}",
        "--core=0",
    ]


_TOOLS = {"bubblewrap": "bwrap", "unshare": "unshare"}
#: What programs need of the machine to run at all; everything else does not exist inside.
_SYSTEM = ("/usr", "/opt", "/etc/fonts", "/etc/libreoffice", "/etc/alternatives", "/etc/ld.so.cache")
_CACHES = ("/var/lib/libreoffice", "/var/cache/fontconfig")
TMP = "/tmp"  # noqa: S108 it is the program's own home inside
_MERGED = ("/lib", "/lib64", "/lib32", "/bin", "/sbin")


def _bwrap(work: Path) -> list[str]:
    command = ["bwrap", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if _is_root():  # no user namespace is needed, and a real change of user is possible
        command += [f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts", "cgroup-try")]
        command += [word for cap in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{cap}")]
    else:
        command.append("--unshare-all")
    shown = [*_SYSTEM, *_CACHES, *_programs()]
    in_tmp = any(Path(path).is_relative_to(TMP) for path in shown)
    above = {str(parent) for path in shown for parent in Path(path).parents} - {"/", *shown}
    for path in sorted(above | {BWRAP.root}):  # bubblewrap would make them for its own eyes only
        command += ["--perms", "0755", "--dir", path]
        if in_tmp and path == TMP:
            command += ["--bind", str(work / "home"), TMP]
    for path in shown:
        command += ["--ro-bind-try", path, path]
    for path in _MERGED:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        else:
            command += ["--ro-bind-try", path, path]
    command += ["--proc", "/proc", "--dev", "/dev"]
    if not in_tmp:
        command += ["--symlink", BWRAP.inside(work, "home"), TMP]
    for name in ("job", "home"):
        command += ["--bind", str(work / name), BWRAP.inside(work, name)]
    return [*command, "--remount-ro", "/"]


#: Shows the two folders under /mnt, covers what is private with empty folders and /tmp with `home`,
#: makes the rest read-only where the kernel lets us, runs the program.
_COVERED = """
work="$1" && shift && cd / && mount -t tmpfs -o size=1m,mode=755 none /mnt || exit 70
for name in job home; do mkdir "/mnt/$name" && mount --bind "$work/$name" "/mnt/$name" || exit 70; done
mount -o remount,ro /mnt || exit 70
while [ "$1" != -- ]; do mount -t tmpfs -o size=1m,mode=755 none "$1" && shift || exit 70; done
mount --bind /mnt/home /tmp || exit 70
mount -o remount,bind,ro / 2>/dev/null
shift && exec "$@"
"""


def _unshare(work: Path) -> list[str]:
    hidden = [str(path) for path in _private()]
    walls = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "unshare",
        "-n",
        "-m",
        "-p",
        "-i",
        "-f",
        "--kill-child",
        "--mount-proc",
    ]
    return [
        *walls,
        *([] if _becomes_nobody(UNSHARE) else ["-r"]),
        "sh",
        "-c",
        _COVERED,
        "sh",
        str(work),
        *hidden,
        "--",
    ]


def _programs() -> list[str]:
    """Where our interpreter, its packages and the programs for inside lie."""
    return list(dict.fromkeys((sys.base_prefix, sys.prefix, str(INSIDE))))


def _private() -> list[Path]:
    """Our data and everybody's homes, unless our own programs lie there."""
    places = (Path(settings.DATA_DIR), Path("/home"), Path("/root"), Path("/srv"))
    return [p for p in places if p.is_dir() and not any(Path(own).is_relative_to(p) for own in _programs())]


_WRAPS: dict[str, Any] = {
    "bubblewrap": _bwrap,
    "unshare": _unshare,
    "no network": lambda work: [],
    "none": lambda work: [],
}
