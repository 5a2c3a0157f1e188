"""Feedback of the demo contracts over all kinds and states, lived through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from documents import papers, store
from documents.services import Upload, upload_from_customer
from feedback import services
from feedback.models import Feedback
from feedback.states import Coverage, Kind, Severity
from orgchart.models import User


@dataclass(frozen=True)
class Story:
    """One feedback: `days` ago, from whom, and how far it came. `steps` are start, resolve, close, reopen."""

    number: str
    days: int
    who: str
    kind: str
    severity: str
    title: str
    text: str
    caller: tuple[str, str] = ("", "")
    handler: str = ""
    steps: tuple[str, ...] = ()
    solution: str = ""
    talk: tuple[tuple[str, str, bool], ...] = ()
    photo: bool = False
    task: str = ""
    rework: str = ""
    paid: str = ""
    reason: str = "问题再次出现，请再来看看"
    shared: bool = True


START, SOLVED, DONE = ("start",), ("start", "resolve"), ("start", "resolve", "close")
STORIES = [
    Story("HT-2026-013", 4, "customer.a", Kind.BUG, Severity.HIGH, "出瓶导轨偏移，偶尔卡瓶",
          "连续运行约两小时后，出瓶侧导轨向内偏移，每班卡瓶三到四次。", handler="staff.mech", steps=START,
          talk=(("service", "已安排机械部小张处理，明天上午到现场。", True),
                ("customer.a", "好的，夜班也有卡瓶，照片已上传。", True),
                ("staff.mech", "疑似导轨压板螺栓松动，需带两套压板。", False)),
          photo=True, task="机械装配", rework="出瓶导轨压板更换与复位"),
    Story("HT-2026-013", 16, "customer.a", Kind.REQUIREMENT, Severity.LOW, "希望增加 330 毫升瓶型",
          "明年计划上 330 毫升小瓶，请评估能否在现有洗瓶机上增加瓶型。", handler="service", steps=START,
          talk=(("service", "可以改造，需更换瓶托与导轨，正在核算报价。", True),)),
    Story("HT-2026-013", 40, "customer.a", Kind.QUESTION, Severity.LOW, "链条润滑油用什么型号",
          "说明书上的型号本地买不到，有没有替代型号？", handler="service", steps=DONE,
          solution="可用食品级 H1 级链条油替代，粘度 220，已将清单发至贵司邮箱。"),
    Story("HT-2026-013", 9, "customer.a", Kind.COMPLAINT, Severity.NORMAL, "服务人员比约定晚到半天",
          "上次约定上午九点到厂，实际下午两点才到，影响生产安排。", handler="service", steps=SOLVED,
          solution="已向贵司致歉；今后出发前一小时电话确认，变更提前一天告知。"),
    Story("HT-2026-014", 6, "service", Kind.BUG, Severity.CRITICAL, "模组夹具定位销松动",
          "二号工位夹具定位销松动，装配精度超差，产线停机。", ("曹总", "0551-5550108"), "leader.assembly",
          ("start", "resolve", "reopen"), "重新铰孔并更换定位销，试装 50 件合格。",
          reason="更换后第三天再次松动", task="整机调试"),
    Story("HT-2026-014", 12, "service", Kind.BUG, Severity.NORMAL, "扫码枪漏读",
          "三号工位扫码枪每百件漏读一到两件。", ("曹总", "0551-5550108")),
    Story("HT-2026-014", 3, "service", Kind.BUG, Severity.LOW, "备件清单缺两项",
          "内部复核发现随机备件少两只接近开关，待补发。", handler="service", steps=START, shared=False),
    Story("HT-2026-015", 1, "customer.b", Kind.BUG, Severity.NORMAL, "上料吸嘴漏气",
          "四号吸嘴真空度低，吸取失败报警，换备用吸嘴后正常。", photo=True),
    Story("HT-2026-015", 5, "customer.b", Kind.QUESTION, Severity.LOW, "报警记录怎么导出",
          "触摸屏上的报警记录能导出到 U 盘吗？", handler="leader.elec", steps=DONE,
          solution="在“系统—日志”页插入 U 盘后点击导出，操作步骤已发给唐工。"),
    Story("HT-2026-012", 8, "sales", Kind.BUG, Severity.NORMAL, "清洗槽加热管烧毁",
          "加热管干烧损坏，客户承认液位低时强行开机。", ("许主任", "0574-5550103"), "leader.mech", START,
          paid="液位报警被人为屏蔽，属使用不当"),
    Story("HT-2026-018", 2, "customer.a", Kind.QUESTION, Severity.NORMAL, "试灌装的水质有什么要求",
          "预验收时我们需要准备什么水？", handler="pm", steps=START,
          talk=(("pm", "纯净水即可，电导率低于 10 μS/cm，约 3 吨。", True),)),
]  # fmt: skip


def build(cast: dict[str, Any]) -> None:
    """Demo part 95, after deliveries: what customers reported, and what became of it."""
    for story in STORIES:
        _live(story, Contract.objects.get(number=story.number), cast)


def _live(story: Story, contract: Contract, cast: dict[str, Any]) -> None:
    users, people = cast["users"], cast["people"]
    day = max(contract.signed_on, timezone.localdate() - timedelta(days=story.days))
    actor: User = users[story.who]
    fields: dict[str, Any] = {}
    if story.who not in ("customer.a", "customer.b"):
        fields = {"caller": story.caller[0], "caller_phone": story.caller[1], "shared": story.shared}
        fields["task"] = contract.tasks.filter(name=story.task).first()
    feedback = services.report_feedback(
        contract,
        actor=actor,
        kind=story.kind,
        severity=story.severity,
        title=story.title,
        text=story.text,
        reported_on=day,
        **fields,
    )
    if story.photo:
        file = Upload(store.spool([papers.photo(contract)], store.upload_limit()), "现场照片.png")
        upload_from_customer(feedback, file, actor=actor)
    if story.handler:
        feedback = services.assign_feedback(feedback, actor=users["boss"], person=people[story.handler])
    for verb in story.steps:
        feedback = _step(story, feedback, verb, users)
    _further(story, feedback, users, people)


def _step(story: Story, feedback: Feedback, verb: str, users: dict[str, User]) -> Feedback:
    """As the handler takes it, or whoever reported it."""
    reports = verb in ("close", "reopen")
    actor = users[story.who if reports else story.handler]
    asked = {"resolve": {"solution": story.solution}, "reopen": {"reason": story.reason}}
    moved: Feedback = services.STEPS[verb](feedback, actor=actor, **asked.get(verb, {}))
    return moved


def _further(story: Story, feedback: Feedback, users: dict[str, User], people: dict[str, Any]) -> None:
    """What was said, the rework in the plan, and who pays."""
    for who, text, visible in story.talk:
        services.add_comment(feedback, actor=users[who], text=text, visible=visible)
    if story.rework:
        person = people[story.handler]
        services.create_rework(
            feedback,
            actor=users["service"],
            department=person.department,
            name=story.rework,
            note=story.text,
            assignee=person,
        )
    if story.paid:
        services.set_coverage(feedback, actor=users["boss"], coverage=Coverage.PAID, reason=story.paid)
