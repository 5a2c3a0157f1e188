"""The checklists a new site may start from, as a maker of machines would write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from acceptance.models.templates import Check
from acceptance.states import Kind, Scope
from erp.roles import Function


@dataclass(frozen=True, slots=True)
class Standard:
    name: str
    scope: str
    level: int
    checks: tuple[Check, ...]
    kind: str = ""
    function: str = ""

    @property
    def place(self) -> dict[str, Any]:
        names = ("name", "scope", "level", "kind", "function")
        return {
            name: str(value) if name != "level" else value
            for name in names
            for value in [getattr(self, name)]
        }

    @property
    def key(self) -> tuple[str, int, str, str]:
        return (str(self.scope), self.level, str(self.kind), str(self.function))


STANDARD = (
    Standard(
        "部门自检（通用）",
        Scope.TASK,
        1,
        (
            Check("按任务要求全部完成", "对照任务说明与技术协议逐条核对"),
            Check("图纸、程序为最新版本"),
            Check("外观无损伤、无遗漏", "需要时附照片", mandatory=False),
        ),
    ),
    Standard(
        "机械自检",
        Scope.TASK,
        1,
        (
            Check("尺寸与形位公差符合图纸", "关键尺寸全检，记录实测值"),
            Check("焊缝、紧固件检查", "无虚焊、裂纹；螺栓按力矩紧固并划线"),
            Check("运动部件手动无卡滞"),
            Check("完工照片", "整体与关键部位各一张", needs_evidence=True, mandatory=False),
        ),
        function=Function.MECHANICAL,
    ),
    Standard(
        "电气自检",
        Scope.TASK,
        1,
        (
            Check("接线与图纸一致，线号齐全"),
            Check("绝缘与接地测试", "绝缘电阻 ≥ 1 MΩ，接地电阻 ≤ 0.1 Ω"),
            Check("急停、安全联锁动作可靠"),
            Check("电柜照片", "柜门打开后正面一张", needs_evidence=True, mandatory=False),
        ),
        function=Function.ELECTRICAL,
    ),
    Standard(
        "调试装配自检",
        Scope.TASK,
        1,
        (
            Check("装配完整，无漏装错装"),
            Check("单机空运行 30 分钟无异常"),
            Check("气路、水路无泄漏"),
            Check("运行参数已记录", "节拍、压力、温度等", needs_evidence=True, mandatory=False),
        ),
        function=Function.ASSEMBLY,
    ),
    Standard(
        "质检检验",
        Scope.TASK,
        2,
        (
            Check("部门自检记录完整"),
            Check("关键尺寸、参数抽检合格", "抽检不少于三处"),
            Check("标识、铭牌齐全正确"),
            Check("检验照片", "可看清检验部位", needs_evidence=True),
        ),
    ),
    Standard(
        "合同内部自检",
        Scope.CONTRACT,
        1,
        (
            Check("全部任务完成并通过检验"),
            Check("技术协议功能逐条确认"),
            Check("随机资料齐套", "说明书、电气图、备件清单、合格证", needs_evidence=True),
        ),
    ),
    Standard(
        "出厂验收（FAT）质检",
        Scope.CONTRACT,
        2,
        (
            Check("整机连续运行 2 小时无故障"),
            Check("产能、节拍达到合同要求", "记录实测值"),
            Check("安全防护、急停有效"),
            Check("噪声、接地测试合格"),
            Check("整机照片", "前后左右各一张", needs_evidence=True),
        ),
        kind=Kind.FAT,
    ),
    Standard(
        "合同质检（通用）",
        Scope.CONTRACT,
        2,
        (
            Check("整机功能符合技术协议"),
            Check("安全防护、急停有效"),
            Check("整机照片", needs_evidence=True),
        ),
    ),
    Standard(
        "终验",
        Scope.CONTRACT,
        3,
        (
            Check("设备功能与性能符合合同"),
            Check("操作、维护培训已完成"),
            Check("资料与备件已移交", mandatory=False),
        ),
    ),
)
