"""Small models, made here: a ring as STL and a box as STEP; and a Chinese document of several pages."""

from __future__ import annotations

import io
import math
import struct
from typing import Any


def stl_ring(parts: int = 24) -> bytes:
    """A ring of triangles, binary STL."""

    def point(a: int, b: int) -> tuple[float, float, float]:
        out = 30 + 10 * math.cos(2 * math.pi * b / parts)
        turn = 2 * math.pi * a / parts
        return out * math.cos(turn), out * math.sin(turn), 10 * math.sin(2 * math.pi * b / parts)

    triangles = []
    for a in range(parts):
        for b in range(parts):
            corners = [point(a, b), point(a + 1, b), point(a + 1, b + 1), point(a, b + 1)]
            triangles += [(corners[0], corners[1], corners[2]), (corners[0], corners[2], corners[3])]
    packed = (struct.pack("<12fH", 0, 0, 0, *p, *q, *r, 0) for p, q, r in triangles)
    return bytes(80) + struct.pack("<I", len(triangles)) + b"".join(packed)


Point = tuple[float, ...]


class _Step:
    """Lines of a STEP file: `add` writes one entity and names it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str) -> str:
        self.lines.append(f"#{len(self.lines) + 1}={text};")
        return f"#{len(self.lines)}"

    def point(self, place: Point) -> str:
        return self.add(f"CARTESIAN_POINT('',({','.join(f'{x:.1f}' for x in place)}))")

    def direction(self, way: Point) -> str:
        return self.add(f"DIRECTION('',({','.join(f'{x:.1f}' for x in way)}))")


def step_box(side: float = 20.0) -> bytes:
    """A cube as a boundary representation, AP214."""
    step = _Step()
    corners = [(x, y, z) for x in (0.0, side) for y in (0.0, side) for z in (0.0, side)]
    vertices = {c: step.add(f"VERTEX_POINT('',{step.point(c)})") for c in corners}
    edges: dict[tuple[Point, Point], str] = {}
    for start in corners:
        for axis in range(3):
            if start[axis] == 0.0:
                end: Any = tuple(side if n == axis else start[n] for n in range(3))
                way = step.direction(tuple(1.0 if n == axis else 0.0 for n in range(3)))
                arrow = step.add(f"VECTOR('',{way},1.0)")
                line = step.add(f"LINE('',{step.point(start)},{arrow})")
                edges[start, end] = step.add(f"EDGE_CURVE('',{vertices[start]},{vertices[end]},{line},.T.)")
    faces = [_face(step, edges, axis, level, side) for axis in range(3) for level in (0.0, side)]
    shell = step.add(f"CLOSED_SHELL('',({','.join(faces)}))")
    solid = step.add(f"MANIFOLD_SOLID_BREP('box',{shell})")
    _product(step, solid)
    head = (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('box','2026-01-01T00:00:00',(''),(''),'','','');\n"
        "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n"
    )
    return (head + "\n".join(step.lines) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode()


def _face(step: _Step, edges: dict[tuple[Point, Point], str], axis: int, level: float, side: float) -> str:
    first, second = (n for n in range(3) if n != axis)

    def corner(u: float, v: float) -> Point:
        place = [level] * 3
        place[first], place[second] = u, v
        return tuple(place)

    round_trip = [corner(0.0, 0.0), corner(side, 0.0), corner(side, side), corner(0.0, side)]
    outward = (level > 0) == (axis != 1)  # first x second looks along the axis, but against it for y
    if not outward:
        round_trip.reverse()
    loop = []
    for start, end in zip(round_trip, round_trip[1:] + round_trip[:1], strict=True):
        forward = (start, end) in edges
        edge = edges[start, end] if forward else edges[end, start]
        loop.append(step.add(f"ORIENTED_EDGE('',*,*,{edge},.{'T' if forward else 'F'}.)"))
    ring = step.add(f"EDGE_LOOP('',({','.join(loop)}))")
    bound = step.add(f"FACE_OUTER_BOUND('',{ring},.T.)")
    normal = step.direction(tuple((1.0 if level > 0 else -1.0) if n == axis else 0.0 for n in range(3)))
    across = step.direction(tuple(1.0 if n == first else 0.0 for n in range(3)))
    place = step.add(f"AXIS2_PLACEMENT_3D('',{step.point(corner(0.0, 0.0))},{normal},{across})")
    plane = step.add(f"PLANE('',{place})")
    return step.add(f"ADVANCED_FACE('',({bound}),{plane},.T.)")


def _product(step: _Step, solid: str) -> None:
    """What STEP wants around a solid: units, a product, and that the one is the shape of the other."""
    length = step.add("(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.))")
    angle = step.add("(NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.))")
    solid_angle = step.add("(NAMED_UNIT(*) SI_UNIT($,.STERADIAN.) SOLID_ANGLE_UNIT())")
    close = step.add(f"UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-06),{length},'','')")
    space = step.add(
        f"(GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT(({close})) "
        f"GLOBAL_UNIT_ASSIGNED_CONTEXT(({length},{angle},{solid_angle})) REPRESENTATION_CONTEXT('',''))"
    )
    shape = step.add(f"ADVANCED_BREP_SHAPE_REPRESENTATION('',({solid}),{space})")
    app = step.add("APPLICATION_CONTEXT('automotive design')")
    context = step.add(f"PRODUCT_CONTEXT('',{app},'mechanical')")
    product = step.add(f"PRODUCT('box','box','',({context}))")
    formation = step.add(f"PRODUCT_DEFINITION_FORMATION('','',{product})")
    stage = step.add(f"PRODUCT_DEFINITION_CONTEXT('part definition',{app},'design')")
    definition = step.add(f"PRODUCT_DEFINITION('','',{formation},{stage})")
    described = step.add(f"PRODUCT_DEFINITION_SHAPE('','',{definition})")
    step.add(f"SHAPE_DEFINITION_REPRESENTATION({described},{shape})")


def chinese_docx(pages: int, word: str) -> bytes:
    """A Word document in Chinese; `word` stands once on every page, in its heading."""
    from docx import Document

    paper = Document()
    for page in range(1, pages + 1):
        paper.add_heading(f"第{page}章 {word}", level=1)
        for line in range(12):
            paper.add_paragraph(f"第{page}.{line}条：伺服电机经联轴器驱动灌装头，额定转速 1500 r/min。")
        if page < pages:
            paper.add_page_break()
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()
