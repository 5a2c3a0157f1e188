"""`manage.py psplib FOLDER`: how well levelling does on instances of the public library PSPLIB."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from production.schedule.levelling import level
from production.schedule.psplib import Instance, read_instance, read_optima

#: Files with published results that lie in the same folder; only optima are read.
LISTS = re.compile(r"(.*)(opt|hrs|lb)\.sm", re.IGNORECASE)
HEAD = f"{'instance 实例':<17}{'makespan 工期':>13}{'bound 下界':>11}  {'proven 已证明':<13}{'s 秒':>7}"


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one instance. Periods of the file and seconds; `optimum`: as published, if it is."""

    instance: str
    makespan: int
    bound: int
    heuristic: int
    proven: bool
    seconds: float
    optimum: int | None


class Command(BaseCommand):
    help = (
        "Level every single-mode PSPLIB instance (*.sm) of a folder and say how good the schedules are; "
        "published optima (*opt.sm) beside them are compared. Exits 1 for a folder without instances, "
        "a file that cannot be read, or a makespan that contradicts a published optimum. "
        "对文件夹中的每个 PSPLIB 单模式算例（*.sm）做资源平衡，并与同一文件夹中的公开最优值（*opt.sm）比较。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="folder with .sm files / 存放 .sm 文件的文件夹")
        parser.add_argument(
            "--seconds", type=_seconds, default=60, help="at most, per instance / 每个算例的时限（秒）"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON / 以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, seconds = Path(options["folder"]), options["seconds"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}. 文件夹不存在。")
        optima = dict(_optima(folder))
        files = sorted((f for f in folder.glob("*.sm") if not LISTS.fullmatch(f.name)), key=_natural)
        if not files:
            raise CommandError(f"There is no .sm file in {folder}. 文件夹中没有 .sm 文件。")
        instances = [(file.stem, _instance(file)) for file in files]
        rows = []
        if not options["json"]:
            self.stdout.write(HEAD + ("  optimum 公开最优值" if optima else ""))
        for name, instance in instances:
            rows.append(_solve(name, instance, seconds, optima.get(name)))
            if not options["json"]:
                self.stdout.write(_line(rows[-1]))
        self._sum_up(rows, as_json=options["json"])

    def _sum_up(self, rows: list[Row], *, as_json: bool) -> None:
        known = [row for row in rows if row.optimum is not None]
        summary = {
            "instances": len(rows),
            "proven": sum(row.proven for row in rows),
            "published": len(known),
            "reached": sum(row.makespan == row.optimum for row in known),
            "seconds": round(sum(row.seconds for row in rows), 2),
        }
        if as_json:
            told = {"instances": [asdict(row) for row in rows], "summary": summary}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(
                "{instances} instances 个算例, {proven} proven 已证明, {reached} of {published} published "
                "optima reached 达到公开最优值, {seconds} s 秒".format(**summary)
            )
        wrong = [row.instance for row in known if not row.bound <= (row.optimum or 0) <= row.makespan]
        if wrong:
            raise CommandError(f"Published optimum contradicted 与公开最优值矛盾: {', '.join(wrong)}")


def _seconds(text: str) -> float:
    """A time limit; 0 leaves it to the priority rules. ArgumentTypeError for anything but 0 or more."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no time limit in seconds 不是以秒为单位的时限")
    return seconds


def _natural(file: Path) -> list[Any]:
    """j30_2 before j30_10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="latin-1")  # the files are older than UTF-8
    except OSError as why:
        raise CommandError(f"{file}: {why.strerror} 无法读取文件。") from None


def _optima(folder: Path) -> Iterator[tuple[str, int]]:
    """Name of the instance and its published makespan: j30opt.sm tells those of j301_1 to j3048_10."""
    for file in sorted(folder.glob("*opt.sm")):
        try:
            found = read_optima(_read(file))
        except ValueError as why:
            raise CommandError(f"{file}: {why} 无法读取文件。") from None
        for (parameter, instance), makespan in found.items():
            yield f"{file.name.removesuffix('opt.sm')}{parameter}_{instance}", makespan


def _instance(file: Path) -> Instance:
    try:
        return read_instance(_read(file))
    except ValueError as why:
        raise CommandError(f"{file}: {why} 无法读取文件。") from None


def _solve(name: str, instance: Instance, seconds: float, optimum: int | None) -> Row:
    plan = instance.plan
    found = level(plan, instance.demands, instance.capacities, seconds=seconds, steady=False)
    return Row(
        instance=name,
        makespan=found.makespan - plan.start,
        bound=found.bound - plan.start,
        heuristic=found.heuristic - plan.start,
        proven=found.proven,
        seconds=round(found.seconds, 2),
        optimum=optimum,
    )


def _line(row: Row) -> str:
    proven = "yes 是" if row.proven else "no 否"
    line = f"{row.instance:<19}{row.makespan:>13}{row.bound:>13}  {proven:<15}{row.seconds:>9.2f}"
    return line if row.optimum is None else f"{line}  {row.optimum}{_reached(row)}"


def _reached(row: Row) -> str:
    return " reached 已达到" if row.makespan == row.optimum else " not reached 未达到"
