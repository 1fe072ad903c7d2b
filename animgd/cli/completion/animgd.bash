# animgd for bash: made by docs/completion.py from the options.
_animgd_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_animgd_list() {
  local last=${cur##*,}
  mapfile -t COMPREPLY < <(compgen -P "${cur%"$last"}" -W "$1" -- "$last")
  compopt -o nospace
}
_animgd_set() { mapfile -t COMPREPLY < <(compgen -S = -W "$1" -- "$cur"); compopt -o nospace; }
_animgd() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word module= names="doctor list new watch"
  case $prev in
    -o|--output) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames; return ;;
    -f|--format) _animgd_list "mp4 gif png json"; return ;;
    -q|--quality) _animgd_words "draft article standard lecture 4k"; return ;;
    --size) :; return ;;
    --fps) :; return ;;
    --epochs) :; return ;;
    --duration) :; return ;;
    --theme) _animgd_words "light dark seed"; return ;;
    --show) _animgd_list "arrows rule events small-map lens anatomy field objective stability"; return ;;
    --hide) _animgd_list "arrows rule events small-map lens anatomy field objective stability all"; return ;;
    --set) _animgd_set "title optimizer.lr optimizer.momentum optimizer.weight_decay optimizer.dampening optimizer.nesterov losses epochs start problem window resolution panels video.width video.height video.fps video.epochs_per_second video.hold_start video.hold_end video.pace video.slow video.quality video.keyframe_interval style.theme style.colormap style.scale style.font style.aspect companions heatmaps ghost anatomy schedule batch clip seed show hide pauses"; return ;;
    --frame) :; return ;;
    --at) _animgd_list "settled events"; return ;;
    --loop) :; return ;;
    --colors) :; return ;;
    --gif-size) :; return ;;
    --gif-fps) :; return ;;
    --max-size) :; return ;;
    --for) _animgd_words "github x mastodon medium substack discord powerpoint keynote"; return ;;
    --slides) _animgd_list "html pptx"; return ;;
    -j|--jobs) :; return ;;
    --scene-timeout) :; return ;;
    --from) :; return ;;
  esac
  if [[ $cur == -* ]]; then
    _animgd_words "-h --help -o --output -f --format -q --quality --size --fps --epochs --duration --theme --show --hide --set --suffix --frame --at --loop --colors --gif-size --gif-fps --max-size --for --clips --slides --no-cache --dry-run --json -j --jobs --resume --scene-timeout -p --open --from --quiet -v --verbose --version"
    return
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == *.py ]] && module=$word; done
  if [[ -n $module ]]; then names=$(sed -nE 's/^([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*(:[^=]*)?=[[:space:]]*(.*(Scene|Lecture)\(|[A-Za-z_0-9.]+\.replace\().*/\1/p' -- "${module/#\~/$HOME}" 2>/dev/null); fi
  mapfile -t COMPREPLY < <(compgen -W "$names" -- "$cur"; compgen -f -X '!*.py' -- "$cur"; compgen -d -S / -- "$cur")
  compopt -o filenames
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
complete -F _animgd animgd
