"""Slides as a PowerPoint file: a clip fills each slide, plays by itself, and stands still at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from animgd.errors import RenderError
from animgd.output.slides.clip import Clip

WIDTH = 12_192_000  # of a slide in English Metric Units: 13.333 inches
LONGEST = 255  # characters of a title that python-pptx takes
BLANK = 6  # the layout without placeholders
# python-pptx writes no timing that plays (scanny/python-pptx#427). This is what PowerPoint itself writes for "Start:
# automatically"; ECMA-376, part 1, 19.5.
TIMING = """
<p:timing xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:tnLst><p:par>
 <p:cTn id="1" dur="indefinite" restart="never" nodeType="tmRoot"><p:childTnLst>
  <p:seq concurrent="1" nextAc="seek"><p:cTn id="2" dur="indefinite" nodeType="mainSeq"><p:childTnLst>
   <p:par><p:cTn id="3" fill="hold"><p:stCondLst><p:cond delay="indefinite"/>
     <p:cond evt="onBegin" delay="0"><p:tn val="2"/></p:cond></p:stCondLst><p:childTnLst>
    <p:par><p:cTn id="4" fill="hold"><p:stCondLst><p:cond delay="0"/></p:stCondLst><p:childTnLst>
     <p:par><p:cTn id="5" presetID="1" presetClass="mediacall" presetSubtype="0" fill="hold" nodeType="afterEffect">
      <p:stCondLst><p:cond delay="0"/></p:stCondLst><p:childTnLst>
       <p:cmd type="call" cmd="playFrom(0.0)"><p:cBhvr><p:cTn id="6" dur="{milliseconds}" fill="hold"/>
        <p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl></p:cBhvr></p:cmd>
      </p:childTnLst></p:cTn></p:par>
    </p:childTnLst></p:cTn></p:par>
   </p:childTnLst></p:cTn></p:par>
  </p:childTnLst></p:cTn>
  <p:prevCondLst><p:cond evt="onPrev" delay="0"><p:tgtEl><p:sldTgt/></p:tgtEl></p:cond></p:prevCondLst>
  <p:nextCondLst><p:cond evt="onNext" delay="0"><p:tgtEl><p:sldTgt/></p:tgtEl></p:cond></p:nextCondLst></p:seq>
  <p:video><p:cMediaNode vol="0" mute="1"><p:cTn id="7" {repeat}fill="hold" display="0">
   <p:stCondLst><p:cond delay="indefinite"/></p:stCondLst></p:cTn>
   <p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl></p:cMediaNode></p:video>
 </p:childTnLst></p:cTn></p:par></p:tnLst></p:timing>
"""


def write(path: Path, title: str, size: tuple[int, int], clips: Sequence[Clip]) -> None:
    """Write the file. Units: `size` of a clip in pixels. Raises: OSError; RenderError, without python-pptx."""
    try:
        from pptx import Presentation
        from pptx.oxml import parse_xml
        from pptx.util import Emu
    except ImportError as error:
        raise RenderError(f"PowerPoint slides need python-pptx ({error}): pip install python-pptx") from error
    deck = Presentation()
    deck.core_properties.title = title[:LONGEST]
    deck.slide_width, deck.slide_height = Emu(WIDTH), Emu(round(WIDTH * size[1] / size[0]))
    for clip in clips:
        slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
        film = slide.shapes.add_movie(str(clip.film), 0, 0, deck.slide_width, deck.slide_height, str(clip.poster),
                                      "video/mp4")  # fmt: skip
        film.name = clip.title
        slide.notes_slide.notes_text_frame.text = clip.notes
        _play(slide, parse_xml, film.shape_id, clip)
    deck.save(str(path))


def _play(slide: Any, parse_xml: Any, shape: int, clip: Clip) -> None:
    """Have the clip play when its slide is entered."""
    old = slide.element.find("{*}timing")
    repeat = 'repeatCount="indefinite" ' if clip.loops else ""
    text = TIMING.format(shape=shape, milliseconds=round(1000 * clip.seconds), repeat=repeat)
    slide.element.replace(old, parse_xml(text))
