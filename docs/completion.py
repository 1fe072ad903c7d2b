"""Make the shell completions in animgd/cli/completion/ from the options of the command line.

.venv/bin/python docs/completion.py
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from animgd.cli import parser as command_line
from animgd.encoders import FORMATS
from animgd.output.slides import SLIDES
from animgd.scene.optimizers import SGD
from animgd.scene.scene import Scene
from animgd.scene.style import Style
from animgd.scene.themes import MOMENTS, SHOWN
from animgd.scene.video import Video

FOLDER = Path(__file__).parent.parent / "animgd" / "cli" / "completion"
COMMANDS = ("doctor", "list", "new", "watch")
PARTS = {"optimizer": SGD, "video": Video, "style": Style}
LISTS = {
    "format": tuple(FORMATS),
    "show": tuple(SHOWN),
    "hide": (*SHOWN, "all"),
    "slides": tuple(SLIDES),
    "at": MOMENTS,
}
FILES = ("output",)
# Module-level names that a line binds to a scene or a lecture.
NAME, SPACE = "([A-Za-z_][A-Za-z0-9_]*)", "[[:space:]]*"
SCENES = f"s/^{NAME}{SPACE}(:[^=]*)?={SPACE}(.*(Scene|Lecture)\\(|[A-Za-z_0-9.]+\\.replace\\().*/\\1/p"
HEAD = "made by docs/completion.py from the options"


def settings() -> Iterator[str]:
    """The paths that --set takes."""
    for field in fields(Scene):
        part = PARTS.get(field.name)
        yield from [f"{field.name}.{sub.name}" for sub in fields(part)] if part else [field.name]


def options() -> Iterator[tuple[list[str], str, tuple[str, ...] | None, str]]:
    """Each option: names, help, values (None: it takes none), and their kind: "one", "list", "files", "set" or ""."""
    for action in command_line.parser(argparse.ArgumentParser, defaultdict(lambda: str))._actions:
        if not action.option_strings:
            continue
        words = (action.help or "").replace("%%", "%")
        if action.nargs == 0:
            yield list(action.option_strings), words, None, ""
        elif action.dest == "settings":
            yield list(action.option_strings), words, tuple(settings()), "set"
        elif action.dest in LISTS:
            yield list(action.option_strings), words, LISTS[action.dest], "list"
        else:
            kind = "one" if action.choices else "files" if action.dest in FILES else ""
            yield list(action.option_strings), words, tuple(map(str, action.choices or ())), kind


def bash() -> str:
    """For bash, which has no descriptions."""
    cases, flags = [], []
    for names, _, values, kind in options():
        flags += names
        if values is not None:
            words, which = f'"{" ".join(values)}"', "|".join(names)
            call = {"one": f"_animgd_words {words}", "list": f"_animgd_list {words}", "set": f"_animgd_set {words}",
                    "files": 'mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames'}  # fmt: skip
            cases.append(f"    {which}) {call.get(kind, ':')}; return ;;")
    return f"""\
# animgd for bash: {HEAD}.
_animgd_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}
_animgd_list() {{
  local last=${{cur##*,}}
  mapfile -t COMPREPLY < <(compgen -P "${{cur%"$last"}}" -W "$1" -- "$last")
  compopt -o nospace
}}
_animgd_set() {{ mapfile -t COMPREPLY < <(compgen -S = -W "$1" -- "$cur"); compopt -o nospace; }}
_animgd() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} word module= names="{" ".join(COMMANDS)}"
  case $prev in
{chr(10).join(cases)}
  esac
  if [[ $cur == -* ]]; then
    _animgd_words "{" ".join(flags)}"
    return
  fi
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do [[ $word == *.py ]] && module=$word; done
  if [[ -n $module ]]; then names=$(sed -nE '{SCENES}' -- "${{module/#\\~/$HOME}}" 2>/dev/null); fi
  mapfile -t COMPREPLY < <(compgen -W "$names" -- "$cur"; compgen -f -X '!*.py' -- "$cur"; compgen -d -S / -- "$cur")
  compopt -o filenames
  [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == */ ]] && compopt -o nospace
}}
complete -F _animgd animgd
"""


def zsh() -> str:
    """For zsh."""
    lines = []
    for names, words, values, kind in options():
        text = words.replace("[", "(").replace("]", ")").replace("'", "’").replace(":", "\\:")
        several = "*" if kind == "set" else f"({' '.join(names)})"
        spelt = f"'{several}'{{{','.join(names)}}}'" if len(names) > 1 else f"'{several}{names[0]}"
        action = {"one": f"({' '.join(values or ())})", "list": f" _values -s , value {' '.join(values or ())}",
                  "set": f" compadd -S= -- {' '.join(values or ())}", "files": "_files"}.get(kind, " ")  # fmt: skip
        argument = "" if values is None else f":value:{action}"
        lines.append(f"    {spelt}[{text}]{argument}' \\")
    return f"""\
#compdef animgd
# animgd for zsh: {HEAD}.
_animgd_scenes() {{
  local word module
  local -a names
  for word in "${{(@)words[2,CURRENT-1]}}"; do [[ $word == *.py ]] && module=${{~word}}; done
  if [[ -n $module ]]; then
    names=("${{(@f)$(sed -nE '{SCENES}' -- "$module" 2>/dev/null)}}")
    compadd -X scenes -a names
  else
    compadd -X commands -- {" ".join(COMMANDS)}
  fi
  _files -g '*.py'
}}
_animgd() {{
  _arguments -s \\
{chr(10).join(lines)}
    '*:scene module:_animgd_scenes'
}}
_animgd "$@"
"""


def fish() -> str:
    """For fish."""
    lines = []
    for names, words, values, kind in options():
        text = words.replace("\\", "\\\\").replace("'", "\\'")
        flags = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names)
        every = " ".join(values or ())
        argument = {"one": f" -x -a '{every}'", "list": f" -x -a '(__fish_append , {every})'", "files": " -r",
                    "set": f" -x -a '{' '.join(f'{path}=' for path in values or ())}'"}.get(kind, " -x")  # fmt: skip
        lines.append(f"complete -c animgd {flags}{'' if values is None else argument} -d '{text}'")
    pattern = SCENES.replace("\\", "\\\\")
    return f"""\
# animgd for fish: {HEAD}.
function __animgd_module
    set -l found (string match -- '*.py' (commandline -opc)); and echo $found[-1]
end
function __animgd_scenes
    set -l module (__animgd_module); and sed -nE '{pattern}' -- $module 2>/dev/null
end
function __animgd_files
    set -l word (commandline -ct)
    set -l found $word*.py $word*/
    printf '%s\\n' $found
end
complete -c animgd -f
complete -c animgd -a '(__animgd_files)'
complete -c animgd -a '(__animgd_scenes)' -d scene
complete -c animgd -n 'not __animgd_module >/dev/null' -a '{" ".join(COMMANDS)}' -d command
{chr(10).join(lines)}
"""


MADE = {"animgd.bash": bash, "_animgd": zsh, "animgd.fish": fish}


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in MADE.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
