# animgd for fish: made by docs/completion.py from the options.
function __animgd_module
    set -l found (string match -- '*.py' (commandline -opc)); and echo $found[-1]
end
function __animgd_scenes
    set -l module (__animgd_module); and sed -nE 's/^([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*(:[^=]*)?=[[:space:]]*(.*(Scene|Lecture)\\(|[A-Za-z_0-9.]+\\.replace\\().*/\\1/p' -- $module 2>/dev/null
end
function __animgd_files
    set -l word (commandline -ct)
    set -l found $word*.py $word*/
    printf '%s\n' $found
end
complete -c animgd -f
complete -c animgd -a '(__animgd_files)'
complete -c animgd -a '(__animgd_scenes)' -d scene
complete -c animgd -n 'not __animgd_module >/dev/null' -a 'doctor list new watch' -d command
complete -c animgd -s h -l help -d 'show this help message and exit'
complete -c animgd -s o -l output -r -d 'folder for the films (outputs/), or the name of one, such as film.gif'
complete -c animgd -s f -l format -x -a '(__fish_append , mp4 gif png json)' -d 'comma list of mp4, gif, png, json (mp4,gif)'
complete -c animgd -s q -l quality -x -a 'draft article standard lecture 4k' -d 'draft 640x360, article 960x540, standard 1280x720, lecture 1920x1080, 4k 3840x2160'
complete -c animgd -l size -x -d 'width and height in pixels'
complete -c animgd -l fps -x -d 'frames a second, such as 25 or 30000/1001'
complete -c animgd -l epochs -x -d 'optimizer steps'
complete -c animgd -l duration -x -d 'length of the whole film in seconds, by the pace'
complete -c animgd -l theme -x -a 'light dark seed' -d 'light, dark, seed'
complete -c animgd -l show -x -a '(__fish_append , arrows rule events small-map lens anatomy field objective stability)' -d 'what to show: comma list of arrows, rule, events, small-map, lens, anatomy, field, objective, stability'
complete -c animgd -l hide -x -a '(__fish_append , arrows rule events small-map lens anatomy field objective stability all)' -d 'what to hide, of the same; all: what is not named by --show'
complete -c animgd -l set -x -a 'title= optimizer.lr= optimizer.momentum= optimizer.weight_decay= optimizer.dampening= optimizer.nesterov= losses= epochs= start= problem= window= resolution= panels= video.width= video.height= video.fps= video.epochs_per_second= video.hold_start= video.hold_end= video.pace= video.slow= video.quality= video.keyframe_interval= style.theme= style.colormap= style.scale= style.font= style.aspect= companions= heatmaps= ghost= anatomy= schedule= batch= clip= seed= show= hide= pauses=' -d 'a field of the scene by its path, such as optimizer.lr=0.05; may be given several times'
complete -c animgd -l suffix -d 'add what --set changes to the names of the outputs'
complete -c animgd -l frame -x -d 'only frame K, as <name>-<K>.png; -1 is the last'
complete -c animgd -l at -x -a '(__fish_append , settled events)' -d 'only the first frames that show these epochs, as <name>-at<epoch>.png; or settled, events'
complete -c animgd -l loop -x -d 'how often a GIF plays, 0 for ever (0)'
complete -c animgd -l colors -x -d 'colours of a GIF, 4 to 256 (208)'
complete -c animgd -l gif-size -x -d 'the GIF\'s own size'
complete -c animgd -l gif-fps -x -d 'the GIF\'s own frames a second'
complete -c animgd -l max-size -x -d 'the best film of at most this size, such as 2MB'
complete -c animgd -l for -x -a 'github x mastodon medium substack discord powerpoint keynote' -d 'a platform\'s limits: github, x, mastodon, medium, substack, discord, powerpoint, keynote'
complete -c animgd -l clips -d 'of a lecture: one MP4 from pause to pause, N-01-title.mp4 ...'
complete -c animgd -l slides -x -a '(__fish_append , html pptx)' -d 'of a lecture: slides of its clips, comma list of html, pptx'
complete -c animgd -l no-cache -d 'record again even if a recording is cached'
complete -c animgd -l dry-run -d 'check the scenes, and print what would be made: frames, seconds, sizes'
complete -c animgd -l json -d 'one JSON object per output on stdout instead of its path'
complete -c animgd -s j -l jobs -x -d 'scene modules, or parts of one lecture, filmed at a time (1)'
complete -c animgd -l resume -d 'make only the outputs that are missing'
complete -c animgd -l scene-timeout -x -d 'seconds that a scene module may run before it is stopped (60; watch: 10)'
complete -c animgd -s p -l open -d 'open the result, or the page of watch'
complete -c animgd -l from -x -d 'the example that new copies (momentum)'
complete -c animgd -l quiet -d 'no progress and no warnings'
complete -c animgd -s v -l verbose -d 'timings, and tracebacks of errors'
complete -c animgd -l version -d 'the version of animgd'
