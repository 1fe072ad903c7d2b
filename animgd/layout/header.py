"""Layout with the text above the panels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from animgd.frame import Box
from animgd.graphics.numbers import BOUND
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER
from animgd.layout.elements import UNSET, Counter, DigitField, Layout, LegendMarker, pitch, quoted
from animgd.layout.grid import CENTRED, TOP_LEFT
from animgd.layout.legend import cut_apart, filled
from animgd.layout.losses.compact import LossRow, RunLines, loss_row, run_lines
from animgd.layout.losses.runs import listed_runs
from animgd.layout.losses.table import table
from animgd.layout.measure import RULED, Content
from animgd.layout.rule import rule_block
from animgd.layout.text_block import (
    FACTORS,
    TABLE,
    Block,
    MarkerLines,
    arrange,
    balanced,
    even_lines,
    flow,
    headline,
    key_lines,
    key_of_signs,
    key_width,
    names_on_map,
    place_markers,
    place_rates,
    place_title,
    rate_width,
    replaces_rule,
    signs_beside_rule,
)

TALL = 1.4  # height / width from which losses and the update rule stand below the panels
NEARLY = 0.85  # of the worth of other layouts, if that is enough for the one with losses below the panels
MARGINS = 36.0, 24.0  # left and right, of wide frames and of others. Units: 720ths of the frame's shorter side
MOST_LINES = 2  # of runs with their settings
Losses = LossRow | RunLines | None
Item = tuple[int | None, str, str]  # the marker of a run (None: a heading), its label, its settings


@dataclass(frozen=True)
class Header:
    """What stands above the panels, from film to film at the same places. Units: pixels.

    The title and the epoch; the settings and the key of the signs; the runs; the line that fills with the epochs; the
    losses, where they have no room above their panels.
    """

    content: Content
    left: int
    right: int
    size: int  # of the title
    title: list[str]
    settings: list[str]
    runs: list[list[Item]]
    key: MarkerLines
    losses: Losses = None

    @property
    def height(self) -> int:
        """To its lower edge."""
        content = self.content
        lines = round(1.45 * content.medium) * (len(self.settings) + len(self.runs))
        keys = 0 if self._is_beside else round(1.35 * content.tick) * len(self.key)
        losses = self.losses.height if self.losses else 0
        return self._under_title + lines + keys + round(0.7 * content.em) * content.moves + losses

    @property
    def _baseline(self) -> int:
        """That of the first line of the title and of the epoch: the same for titles of all sizes."""
        return round(0.4 * self.content.em) + round(FACTORS[0] * self.content.em)

    @property
    def _under_title(self) -> int:
        more = max(0, len(self.title) - 1)
        return self._baseline + round(0.35 * self.content.em) + more * round(1.2 * self.size)

    @property
    def _is_beside(self) -> bool:
        """Whether the key has room beside the last line of settings."""
        if len(self.key) != 1 or not self.settings or rate_width(self.content, self.content.medium):
            return False
        settings = self.content.width(self.settings[-1], self.content.medium)
        return settings + self.content.em + key_width(self.content, self.key[0]) <= self.right - self.left

    def place(self, plan: Layout) -> None:
        """Add it to a layout."""
        content, y = self.content, self._under_title
        small, tick = content.medium, content.tick
        place_title(plan, content, self.size, self.title, self.left, self._baseline - self.size)
        if content.moves:
            self._place_counter(plan)
        place_rates(plan, content, self.right, y + round(1.1 * small), small)
        for line in self.settings:
            plan.words.append(Label(line, self.left, y + round(1.1 * small), small, muted=True))
            y += round(1.45 * small)
        top = y - round(1.45 * small) + round(1.1 * small) - tick  # on the line of the settings
        y = self._place_runs(plan, y)
        if self._is_beside:
            start = self.right - key_width(content, self.key[0])
            place_markers(content, self.key, content.size[0], start, plan, top)
        else:
            place_markers(content, self.key, self.right - self.left, self.left, plan, y)
            y += round(1.35 * tick) * len(self.key)
        if content.moves:
            thin, top = max(1, round(2 * plan.unit)), y + round(0.5 * content.em)
            plan.progress = Box(self.left, top, self.right, top + thin)
        if self.losses:
            self.losses.place(plan, self.left, self.height - self.losses.height)

    def _place_counter(self, plan: Layout) -> None:
        content, small, size = self.content, self.content.medium, round(1.55 * self.content.em)
        of, digits = f" / {content.scene.epochs}", len(str(content.scene.epochs))
        x = self.right - round(content.width(of, small)) - digits * pitch(size, True, content.face)
        number = DigitField(x, self._baseline, size, digits, bold=True, face=content.face)
        plan.words.append(Label(of, x + digits * number.pitch, self._baseline, small, muted=True))
        left = x - round(0.3 * content.em)
        word = Label(content.scene.clock_unit, left, self._baseline, small, muted=True, align="right")
        plan.counter = Counter(number, word)

    def _place_runs(self, plan: Layout, y: int) -> int:
        """Add the legend of the runs, from a top edge down; its lower edge."""
        content, em, small = self.content, self.content.em, self.content.medium
        for line in self.runs:
            x, baseline = self.left, y + round(1.1 * small)
            for marker, text, settings in line:
                if marker is not None:
                    plan.marks.append(LegendMarker(marker, x + round(0.4 * em), y + round(0.72 * small)))
                    x += em
                plan.words.append(Label(text, x, baseline, small, muted=marker is None))
                x += round(content.width(text, small))
                if settings:
                    plan.words.append(Label(settings, x + round(0.4 * em), baseline, content.tick, muted=True))
                    x += round(content.width(settings, content.tick) + 0.4 * em)
                x += round(0.9 * em)
            y += round(1.45 * small)
        return y


def above(content: Content) -> Layout | None:
    """Lay out a frame with the text above the panels; None if it does not fit."""
    inline = _above(content, INLINE)
    is_good = inline is not None and any(inline.values) and not inline.lost and inline.fewer <= 1
    others = () if is_good else (UNDER, NONE)  # a loss stands in the line of its panel's name wherever it has room
    plans = [plan for plan in (inline, *(_above(content, values) for values in others)) if plan]
    wide, high = content.size
    room = wide - 2 * _margin(content)
    row = loss_row(content, room) if content.scene.companions and not is_good else None
    losses = run_lines(content, room) or row
    if losses and (plan := _above(content, NONE, losses=losses)):
        plans.append(plan)
    if high >= TALL * wide and wide >= RULED and not content.scene.companions:
        below = list(_below(content, _margin(content), wide - 2 * _margin(content)))
        shows_losses = any(block.priority == TABLE for block in below)
        tall = _above(content, NONE if shows_losses else INLINE, below) if below else None
        if tall and all(tall.worth >= NEARLY * plan.worth for plan in plans):
            return tall
    return max(plans, key=lambda plan: plan.worth, default=None)


def _margin(content: Content) -> int:
    wide, high = content.size
    return round(MARGINS[high >= wide] * min(content.size) / 720)


def _below(content: Content, left: int, room: int) -> Iterator[Block]:
    """What stands below the panels of a tall frame: the losses; the runs with their settings, or the update rule."""
    losses, rule = table(content, room), content.parts.rule
    if losses:
        yield Block(losses.height, TABLE, partial(losses.place, left))
    if content.legend and not (losses and losses.lists_runs):
        runs = listed_runs(content, room, left, room)
        yield from [runs] if runs else []
    elif rule and not content.legend:
        yield rule_block(content, rule, left, room)


def _above(content: Content, values: str, below: Sequence[Block] = (), losses: Losses = None) -> Layout | None:
    wide, high = content.size
    em, tick, left = content.em, content.tick, _margin(content)
    ruled = bool(below) and content.parts.rule is not None and not content.legend
    end = high - round(12 * min(content.size) / 720) - sum(block.height + round(1.5 * em) for block in below)

    def made(signs: list[tuple[str, str]]) -> tuple[Layout | None, Header, list[str]]:
        lost: list[str] = []
        header = _header(content, left, wide - left, lost, bool(below), signs, losses)
        room = Box(left - round(0.35 * tick), header.height + round(0.4 * em), wide - left, end)
        return arrange(content, room, [values], TOP_LEFT if high >= wide else CENTRED), header, lost

    plan, header, lost = made(signs_beside_rule(content) if ruled else key_of_signs(content))
    if ruled and plan and replaces_rule(content, plan):
        plan, header, lost = made(key_of_signs(content))
    if plan is None:
        return None
    header.place(plan)
    plan.lost += lost
    plan.names = tuple(names_on_map(content))
    lowest = max(place.box.bottom for place in plan.pictures) + round(3.3 * tick)
    spare = max(0, end - lowest) if below else 0
    gap = round(1.5 * em) + min(round(1.5 * em), spare // max(1, len(below)))
    top = min(end, lowest) + gap - round(0.4 * em)
    for block in below:
        block.place(plan, top)
        plan.spans.append((top, top + block.height))
        top += block.height + gap
    return plan


def _header(
    content: Content,
    left: int,
    right: int,
    lost: list[str],
    is_tall: bool,
    signs: list[tuple[str, str]],
    losses: Losses,
) -> Header:
    """The header with its lines; what they leave out is added to `lost`. In tall frames, runs stand below."""
    em, room, epochs = content.em, right - left, str(content.scene.epochs)
    counter = len(epochs) * pitch(round(1.55 * em), True, content.face)
    counter += round(content.width(f"{content.scene.clock_unit} / {epochs}", content.medium) + 0.6 * em)
    size, title = headline(content, max(em, room - (counter + em) * content.moves), 1)
    key = key_lines(content, signs, room)
    runs = [] if is_tall or isinstance(losses, RunLines) else _runs(content, room, lost)
    return Header(content, left, right, size, title, _settings(content, room, lost), runs, key, losses)


def _settings(content: Content, room: int, lost: list[str]) -> list[str]:
    small, text = content.medium, content.settings
    rate = rate_width(content, small)
    room -= rate and rate + content.em
    most = 2 - bool(content.legend)  # lines
    lines = content.wrapped(text, small, room, most=most - 1) if text or rate else []
    lines = even_lines(content, text, small, room, len(lines)) if text else lines
    shown = [content.fitted(line, small, room) for line in lines]
    if shown != lines:
        lost.append(f"part of the settings {quoted(text)}")
    return shown


def _runs(content: Content, room: int, lost: list[str]) -> list[list[Item]]:
    """The legend of the runs in lines, with their settings if they have room."""
    em, small, legend = content.em, content.medium, content.legend
    texts = cut_apart([entry.text for entry in legend], small, room - em, content)
    lost += [f"part of the label {quoted(e.text)}" for e, text in zip(legend, texts, strict=True) if text != e.text]

    def wide(item: Item) -> float:
        settings = content.width(item[2], content.tick) + 0.4 * em if item[2] else 0.0
        return content.width(item[1], small) + settings + 1.9 * em

    plain: list[Item] = [(entry.marker, text, "") for entry, text in zip(legend, texts, strict=True)]
    lines = flow(plain, wide, room)
    if len({entry.settings for entry in legend}) < 2:
        return lines
    if all(entry.settings.replace(BOUND, " ") in entry.text for entry in legend):
        return lines
    full = [(marker, text, entry.settings) for (marker, text, _), entry in zip(plain, filled(content), strict=True)]
    told = balanced(full, wide, room)
    if len(told) <= max(MOST_LINES, len(lines)) and all(wide(item) <= room + 0.9 * em for item in full):
        return told
    lost.append(UNSET)
    return lines
