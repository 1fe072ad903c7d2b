"""Guards do not rot: `python -m tests.mutants [WORD ...]` takes one away at a time, in a copy of the tree, and runs
the test that must turn red. Its result goes to docs/mutants.md."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "docs" / "mutants.md"
DEADLINE = 150  # seconds; a mutant that hangs its test is seen
E, T = "animgd/encoders", "tests/encoders"
GUARDS, SCENES = "tests/test_robust_guards.py", "tests/test_robust_scenes.py"
STREAMS = "tests/test_console.py"


class Mutant(NamedTuple):
    """A guard, how it is taken away, and the test that must notice."""

    guard: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = [
    Mutant("ffmpeg's exit status", f"{E}/mp4/ffmpeg.py", "        if status:\n", "        if False:\n",
           f"{T}/test_ffmpeg.py::test_failing_ffmpegs"),
    Mutant("frames in the MP4", f"{E}/mp4/encoder.py", "if (film.frames, film.fps) != (info.count, info.fps):",
           "if film.fps != info.fps:", f"{T}/test_ffmpeg.py::test_too_few_frames"),
    Mutant("an MP4 that is cut short", f"{E}/mp4/encoder.py", "    except ValueError as error:\n        raise Enc",
           "    except ValueError as error:\n        return\n        raise Enc",
           f"{T}/test_ffmpeg.py::test_short_files"),
    Mutant("the rate of the MP4", f"{E}/mp4/encoder.py", "if (film.frames, film.fps) != (info.count, info.fps):",
           "if film.frames != info.count:", f"{T}/test_ffmpeg.py::test_a_wrong_rate"),
    Mutant("an uneven rate", f"{E}/mp4/container.py",
           "even = len(set(durations[1::2])) == 1 and durations[1]", "even = durations[1]",
           f"{T}/test_ffmpeg.py::test_an_uneven_rate"),
    Mutant("the index of an MP4 fits its pictures", f"{E}/mp4/container.py",
           "    if described != stored:\n", "    if False:\n",
           f"{T}/test_mp4.py::test_an_index_that_does_not_fit_is_noticed"),
    Mutant("the index of an MP4 comes first", f"{E}/mp4/container.py",
           'if names.index(b"moov") > names.index(b"mdat"):',
           "if False:", f"{T}/test_mp4.py::test_an_index_that_does_not_fit_is_noticed"),
    Mutant("a damaged index", f"{E}/mp4/container.py", "    except (KeyError, IndexError, struct.error) as error:",
           "    except () as error:", f"{T}/test_mp4.py::test_a_damaged_index_is_only_a_damaged_index"),
    Mutant("bytes that busy cores would change", f"{E}/mp4/encoder.py", '    ":sync-lookahead=0"', '    ""',
           f"{T}/test_mp4.py::test_same_bytes_on_busy_cores"),
    Mutant("the JSON read back", f"{E}/json_data.py", "if written != film:", "if False:",
           f"{T}/test_contract.py::test_data_are_read_back"),
    Mutant("JSON that cannot be read back", f"{E}/json_data.py", "except ValueError as error:", "except () as error:",
           f"{T}/test_contract.py::test_data_are_read_back"),
    Mutant("frames in the GIF", f"{E}/gif/encoder.py", "if self._end != self._info.count:", "if False:",
           f"{T}/test_contract.py::test_missing_frames_are_an_error"),
    Mutant("a worker of the GIF that dies", f"{E}/workers.py", "except (OSError, EOFError, CancelledError):",
           "except CancelledError:", f"{T}/test_gif_workers.py::test_workers_that_die_or_hang"),
    Mutant("half an answer of a worker", f"{E}/workers.py",
           'if len(head) < 8 or len(message) < int.from_bytes(head, "big"):', "if False:",
           f"{T}/test_gif_workers.py::test_workers_that_die_or_hang"),
    Mutant("what waits for workers", f"{E}/gif/compressor.py", "len(self._ranges) > MOST_RANGES or ", "",
           f"{T}/test_gif_workers.py::test_what_waits_is_bounded"),
    Mutant("pictures in the folder", f"{E}/png.py", "if not found == self._written == self.info.count:", "if False:",
           f"{T}/test_contract.py::test_missing_frames_are_an_error"),
    Mutant("fsync of the file", "animgd/output/atomic.py", "        _sync(file)\n", "        pass\n",
           f"{GUARDS}::test_bytes_reach_the_disk_before_the_name_does"),
    Mutant("fsync of the folder", "animgd/output/atomic.py",
           "            _sync(self._target.parent, folder=True)\n", "",
           f"{GUARDS}::test_bytes_reach_the_disk_before_the_name_does"),
    Mutant("rename instead of copying", "animgd/output/atomic.py", "self.path.replace(self._target)",
           "shutil.copyfile(self.path, self._target)", f"{T}/test_atomic.py::test_a_link_is_replaced_and_not_followed"),
    Mutant("exchange of folders", "animgd/output/exchange.py", "            _swap(new, target)\n",
           "            shutil.rmtree(target)\n            new.rename(target)\n",
           f"{T}/test_atomic.py::test_every_step_of_publishing_may_fail"),
    Mutant("the lock on a part", "animgd/output/atomic.py",
           "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n        if",
           "        if", f"{T}/test_atomic_sweep.py::test_sweep_spares_the_living"),
    Mutant("the sweep's question", "animgd/output/atomic.py",
           "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n        _remove",
           "        _remove", f"{T}/test_atomic_sweep.py::test_sweep_spares_the_living"),
    Mutant("the sweep", "animgd/output/atomic.py", "            _sweep(path)\n", "            pass\n",
           f"{T}/test_atomic_sweep.py::test_sweep_is_not_fooled_by_process_numbers"),
    Mutant("another start that holds a part", "animgd/output/atomic.py",
           "    except (BlockingIOError, FileNotFoundError):",
           "    except FileNotFoundError:",
           f"{T}/test_atomic_sweep.py::test_a_part_that_is_lost_while_it_is_locked_is_made_again"),
    Mutant("a part that goes while it is locked", "animgd/output/atomic.py",
           "    except (BlockingIOError, FileNotFoundError):",
           "    except BlockingIOError:",
           f"{T}/test_atomic_sweep.py::test_a_part_that_is_lost_while_it_is_locked_is_made_again"),
    Mutant("another file under a part's name", "animgd/output/atomic.py",
           "if path.stat().st_ino == os.fstat(lock).st_ino:",
           "if path.stat():", f"{T}/test_atomic_sweep.py::test_a_part_that_is_lost_while_it_is_locked_is_made_again"),
    Mutant("file systems without locks", "animgd/output/atomic.py",
           "    except OSError:  # a file", "    except ():  # a file",
           f"{T}/test_atomic_sweep.py::test_a_file_system_without_locks"),
    Mutant("locks that a sweep leaves", "animgd/output/atomic.py",
           "        _remove(path)\n    finally:\n        os.close(lock)\n",
           "        _remove(path)\n    finally:\n        pass\n",
           f"{T}/test_atomic_sweep.py::test_sweep_spares_the_living"),
    Mutant("file systems that sync no folder", "animgd/output/atomic.py",
           "not in (errno.EINVAL, errno.ENOTSUP)", "not in ()",
           f"{T}/test_atomic.py::test_file_systems_that_cannot_sync_folders"),
    Mutant("a sync of a folder that fails", "animgd/output/atomic.py",
           "if not folder or error.errno not in (errno.EINVAL, errno.ENOTSUP):",
           "if False:", f"{T}/test_atomic.py::test_file_systems_that_cannot_sync_folders"),
    Mutant("fsync of pictures' names", "animgd/output/atomic.py",
           "        _sync(path, folder=True)\n", "        pass\n",
           f"{GUARDS}::test_a_folder_reaches_the_disk_before_its_name_does"),
    Mutant("a link in a part's place", "animgd/output/atomic.py",
           "path.is_dir() and not path.is_symlink()", "path.is_dir()",
           f"{T}/test_atomic.py::test_discard_follows_no_link"),
    Mutant("a disk that refuses the exchange", "animgd/output/exchange.py",
           "            if error.errno not in ABSENT:\n",
           "            if False:\n", f"{T}/test_atomic.py::test_a_sick_disk_is_not_taken_for_an_old_system"),
    Mutant("a folder that goes before the exchange", "animgd/output/exchange.py", "        except FileNotFoundError:\n",
           "        except ():\n", f"{T}/test_atomic.py::test_an_old_folder_that_goes_away_meanwhile"),
    Mutant("a libc without exchange", "animgd/output/exchange.py", "    if rename is None:\n", "    if False:\n",
           f"{T}/test_atomic.py::test_systems_without_exchange"),
    Mutant("room that is not known", "animgd/output/preflight.py", "except (OSError, AttributeError):", "except ():",
           f"{GUARDS}::test_where_room_is_not_known_the_disk_says_itself"),
    Mutant("discarding a part", "animgd/output/atomic.py", "        _remove(self.path)\n        lock", "        lock",
           f"{T}/test_atomic.py::test_discard_leaves_no_trace"),
    Mutant("empty files", "animgd/output/atomic.py", "if not file.stat().st_size:", "if False:",
           f"{T}/test_atomic.py::test_an_empty_file_is_not_published"),
    Mutant("a stranger in the folder", "animgd/output/atomic.py", "    if strangers:\n", "    if False:\n",
           f"{T}/test_atomic.py::test_a_folder_with_other_things_is_not_replaced"),
    Mutant("no plain file", "animgd/output/atomic.py", "elif not stat.S_ISREG(mode):", "elif False:",
           f"{T}/test_atomic.py::test_bad_targets_are_refused_at_once"),
    Mutant("patience while feeding", f"{E}/mp4/ffmpeg.py", "if ticks * tick > self.patience:", "if False:",
           f"{T}/test_ffmpeg.py::test_hanging_ffmpegs"),
    Mutant("what is lent fills the pipe", f"{E}/mp4/pipe.py", "len(buffer) >= self._capacity", "len(buffer) > 0",
           f"{T}/test_pipe.py::test_only_what_fills_the_pipe_is_lent"),
    Mutant("lent pictures take turns", f"{E}/mp4/encoder.py",
           "        self._picture, self._lent = self._lent, self._picture\n", "",
           f"{T}/test_pipe.py::test_lent_pictures_make_the_same_film"),
    Mutant("no loans to scripts", f"{E}/mp4/locate.py", 'return file.read(4) == b"\\x7fELF"', "return True",
           f"{T}/test_pipe.py::test_a_script_that_passes_pictures_on"),
    Mutant("one clock at a time", f"{E}/mp4/ffmpeg.py",
           "            self._sent += 1  # from", "            pass  # from",
           f"{T}/test_ffmpeg.py::test_hanging_ffmpegs"),
    Mutant("a film that is gone while ffmpeg hangs", f"{E}/mp4/ffmpeg.py",
           "    with contextlib.suppress(OSError):\n        status =", "    if True:\n        status =",
           f"{T}/test_ffmpeg.py::test_hanging_ffmpegs"),
    Mutant("kernels without handles of processes", "animgd/system.py",
           "        with contextlib.suppress(OSError):\n            return os.pidfd",
           "        if True:\n            return os.pidfd",
           f"{T}/test_ffmpeg.py::test_older_systems"),
    Mutant("kernels without files in memory", "animgd/system.py",
           "if error.errno in (errno.EMFILE, errno.ENFILE):", "if True:", f"{T}/test_ffmpeg.py::test_older_systems"),
    Mutant("systems without setpriv", f"{E}/mp4/locate.py", "if setpriv is None or refusal", "if refusal",
           f"{T}/test_ffmpeg.py::test_older_systems"),
    Mutant("a setpriv that does not do what is needed", f"{E}/mp4/locate.py",
           "if setpriv is None or refusal(setpriv):",
           "if setpriv is None:", f"{T}/test_ffmpeg.py::test_older_systems"),
    Mutant("pipes of unknown width", f"{E}/mp4/pipe.py",
           "    with contextlib.suppress(OSError):\n        return fcntl", "    if True:\n        return fcntl",
           f"{T}/test_pipe.py::test_systems_that_say_no"),
    Mutant("pipes of other systems", f"{E}/mp4/pipe.py", "    if not LINUX:\n", "    if False:\n",
           f"{T}/test_pipe.py::test_systems_that_say_no"),
    Mutant("a libc without vmsplice", f"{E}/mp4/pipe.py", "    except (OSError, AttributeError):", "    except ():",
           f"{T}/test_pipe.py::test_systems_that_say_no"),
    Mutant("a signal while pictures are lent", f"{E}/mp4/pipe.py", "            except InterruptedError:",
           "            except ():", f"{T}/test_pipe.py::test_signals_lose_nothing"),
    Mutant("deadline at the end", f"{E}/mp4/ffmpeg.py", "elif time.monotonic() > deadline:", "elif False:",
           f"{T}/test_ffmpeg.py::test_hanging_ffmpegs"),
    Mutant("killing on abort", f"{E}/mp4/ffmpeg.py", "        if process is not None:\n            _kill(process)\n",
           "        if process is not None:\n            pass\n",
           f"{T}/test_ffmpeg.py::test_stopped_while_waiting"),
    Mutant("ffmpeg's leash (pdeathsig)", f"{E}/mp4/locate.py", '    return [setpriv, "--pdeathsig", "KILL", "--"]\n',
           "    return []\n", f"{GUARDS}::test_no_ffmpeg_survives_the_program"),
    Mutant("a child's leash", "animgd/processes/entry.py", "    die_with_parent()\n", "",
           f"{GUARDS}::test_no_scene_survives_the_program"),
    Mutant("escapes in ffmpeg's words", f"{E}/mp4/diagnosis.py", 'found = printable(ADDRESS.sub("", telling[0]))',
           'found = ADDRESS.sub("", telling[0])', f"{T}/test_ffmpeg.py::test_failing_ffmpegs"),
    Mutant("escapes in our lines", "animgd/cli/reports.py", "{printable(str(error))}", "{error}",
           "tests/test_robust_names.py::test_impossible_names_are_refused"),
    Mutant("escapes on the terminal", "animgd/cli/console.py", "{_harmless(line)}", "{line}",
           "tests/test_console.py::test_a_terminal_obeys_no_name"),
    Mutant("ffmpeg is asked first", f"{E}/mp4/locate.py", "    _able(executable())\n", "    executable()\n",
           f"{GUARDS}::test_ffmpeg_is_asked_before_the_first_frame"),
    Mutant("ffmpeg's answer has a deadline", f"{E}/mp4/locate.py", "capture_output=True, timeout=patience",
           "capture_output=True",
           f"{GUARDS}::test_ffmpeg_is_asked_before_the_first_frame"),
    Mutant("room is looked at first", "animgd/output/preflight.py", "    if free < needed:\n", "    if False:\n",
           f"{GUARDS}::test_no_room_is_seen_before_the_first_frame"),
    Mutant("names are tried first", "animgd/output/preflight.py", "        Part(target.path,",
           "        continue\n        Part(target.path,",
           f"{GUARDS}::test_names_are_checked_before_the_first_frame"),
    Mutant("UTF-8 for ffmpeg", f"{E}/mp4/ffmpeg.py", "_encoded(command)", "command",
           "tests/test_cli.py::test_a_bare_environment_is_enough"),
    Mutant("no report of ffmpeg's", f"{E}/mp4/locate.py", "        with _no_report():\n", "        if True:\n",
           f"{GUARDS}::test_ffmpeg_s_report_is_not_written"),
    Mutant("os._exit", "animgd/scene/module/limits.py", "    os._exit = leave\n", "    leave\n",
           f"{SCENES}::test_one_bad_scene_alone"),
    Mutant("a scene's deadline", "animgd/processes/child.py",
           "if patience is not None and silent > patience:", "if False:",
           f"{SCENES}::test_a_few_bad_scenes"),
    Mutant("the line of what hangs", "animgd/processes/child.py",
           "                os.kill(self.pid, signal.SIGABRT)\n", "",
           f"{SCENES}::test_a_few_bad_scenes"),
    Mutant("time in which all stood still", "animgd/processes/child.py", "min(now - looked, 2 * SLICE)",
           "now - looked", "tests/test_children.py::test_ctrl_z_stops_the_author_too"),
    Mutant("each call begins the deadline anew", "animgd/training/own_code/call.py", "        tell(name)\n",
           "        pass\n", f"{GUARDS}::test_what_hangs_has_a_deadline"),
    Mutant("the sweep at a stop", "animgd/cli/filming.py",
           "sweep(options.output, kill_all())", "kill_all()",
           "tests/test_robust_stopped.py::test_a_part_that_nobody_holds_goes_at_the_stop"),
    Mutant("what a scene left running", "animgd/processes/child.py", "        kill(self.pid)\n", "        pass\n",
           f"{SCENES}::test_what_a_scene_starts_ends_with_it"),
    Mutant("a second start of the fork server", "animgd/processes/context.py", "TRIES, BETWEEN = 20, 0.05",
           "TRIES, BETWEEN = 1, 0.05", "tests/test_children.py::test_a_fork_server_killed_in_between"),
    Mutant("none starts at the end", "animgd/processes/child.py", "    stopping.set()\n", "    pass\n",
           "tests/test_author.py::test_none_starts_when_the_program_ends"),
    Mutant("a crash's place", "animgd/processes/entry.py",
           "    faulthandler.enable(crash.fileno(), all_threads=False)\n", "",
           f"{SCENES}::test_one_bad_scene_alone"),
    Mutant("half of the memory", "animgd/scene/module/limits.py",
           "    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))\n", "",
           f"{GUARDS}::test_a_scene_gets_half_of_the_memory"),
    Mutant("a scene's words", "animgd/scene/module/limits.py",
           "shown, self._room = text[: self._room], self._room - len(text)",
           "shown = text", f"{GUARDS}::test_what_a_scene_says_has_an_end"),
    Mutant("the current folder on the path", "animgd/__main__.py", "        del sys.path[0]", "        pass",
           f"{SCENES}::test_scenes_with_the_names_of_libraries"),
    Mutant("closed streams", "animgd/__main__.py", "    _hold_streams()\n    status", "    status",
           f"{STREAMS}::test_no_file_of_ours_takes_a_closed_stream_s_number"),
    Mutant("closed streams of children", "animgd/__main__.py", "os.set_inheritable(number, True)", "pass",
           f"{STREAMS}::test_no_file_of_ours_takes_a_closed_stream_s_number"),
    Mutant("lost results", "animgd/cli/console.py", "return status or int(self._lost)", "return status",
           f"{STREAMS}::test_lost_results_are_one_line_and_status_1"),
    Mutant("a reader that leaves", "animgd/cli/console.py", "not in READER_GONE:", "not in ():",
           f"{STREAMS}::test_a_reader_that_leaves_is_forgiven"),
    Mutant("nothing after a lost line", "animgd/cli/console.py", "        if self._ended:\n", "        if False:\n",
           f"{STREAMS}::test_nothing_follows_what_was_lost"),
    Mutant("a line that was written in part", "animgd/cli/console.py",
           "if not isinstance(buffer, io.RawIOBase):", "if True:",
           f"{STREAMS}::test_whatever_the_system_says_is_passed_on"),
    Mutant("streams settled before the exit", "animgd/__main__.py", "    settle(stopped=status > 128)\n", "",
           f"{STREAMS}::test_what_others_left_in_the_streams_is_dropped"),
    Mutant("a stop that waits for no reader", "animgd/__main__.py", "stopped=status > 128", "stopped=False",
           f"{STREAMS}::test_a_stop_does_not_wait_for_a_reader"),
    Mutant("names that stdout cannot spell", "animgd/cli/console.py", "    except UnicodeEncodeError:\n",
           "    except ():\n",
           f"{STREAMS}::test_a_name_that_stdout_cannot_spell"),
    Mutant("a terminal that goes away", "animgd/cli/main.py", "(OSError):  # the terminal is gone", "():  #",
           f"{STREAMS}::test_a_terminal_that_goes_away_stops_no_film"),
    Mutant("a bar on terminals only", "animgd/cli/main.py", " or not sys.stderr.isatty()", "",
           "tests/test_progress.py::test_no_bar_where_it_cannot_be_taken_away"),
    Mutant("no bar on a dumb terminal", "animgd/cli/main.py", ' or os.environ.get("TERM") == "dumb"', "",
           "tests/test_progress.py::test_no_bar_where_it_cannot_be_taken_away"),
    Mutant("words take the bar's place", "animgd/cli/main.py", "            self.close()\n            (self",
           "            (self", "tests/test_progress.py::test_bar_makes_room_for_words_and_for_the_next_film"),
    Mutant("escapes in the bar", "animgd/cli/main.py", "_bar(phase, reports.plain(name), count)",
           "_bar(phase, name, count)",
           "tests/test_progress.py::test_names_in_the_bar_cannot_move_the_cursor"),
    Mutant("no memory left", "animgd/cli/main.py", "    except MemoryError:\n", "    except ():\n",
           "tests/test_cli.py::test_no_memory_left_is_one_line"),
    Mutant("films in another thread", "animgd/cli/main.py", "    except ValueError:  # not", "    except ():  # not",
           "tests/test_cli.py::test_another_thread_may_film"),
    Mutant("two outputs with one name", "animgd/cli/modules.py", "    if twice is not None:\n", "    if False:\n",
           "tests/test_cli.py::test_modules_that_would_share_an_output_are_refused"),
    Mutant("frames of what is kept", "animgd/encoders/mp4/encoder.py",
           "count: film == (count, fps, size)", "count: True",
           "tests/test_robust_many.py::test_resume_makes_what_is_missing_only"),
    Mutant("results in order", "animgd/cli/filming.py", "events[number].put((kind, value))", "tell(kind, value)",
           f"{GUARDS}::test_one_after_the_other_is_told_in_order"),
    Mutant("a stop reaches all", "animgd/cli/filming.py", "sweep(options.output, kill_all())",
           "sweep(options.output)", "tests/test_robust_stopped.py::test_many_are_stopped_together"),
    Mutant("what was ignored stays so", "animgd/cli/main.py",
           "            if before[number] not in (signal.SIG_IGN, None):\n",
           "            if True:\n", "tests/test_children.py::test_a_signal_that_was_ignored_stays_so"),
    Mutant("a late second signal", "animgd/cli/main.py", "signal.SIG_IGN if last else handler", "handler",
           f"{GUARDS}::test_a_late_signal_changes_no_status"),
    Mutant("other hosts", "animgd/output/watch/page.py", "        if not self._is_ours():\n", "        if False:\n",
           "tests/test_watch.py::test_the_server_answers_its_own_page_only"),
    Mutant("the loopback address", "animgd/output/watch/page.py", "super().__init__((HERE, port), _Handler)",
           'super().__init__(("", port), _Handler)', "tests/test_watch.py::test_the_server_answers_its_own_page_only"),
    Mutant("other sites' words", "animgd/output/watch/page.py", "ours = self._is_ours() and ", "ours = True or ",
           "tests/test_watch.py::test_what_the_page_tells_is_a_number_or_nothing"),
    Mutant("half saved", "animgd/cli/words/watch.py", "if not self._saves.saved.wait(QUIET):", "if True:",
           "tests/test_watch.py::test_a_half_saved_scene_is_no_error"),
    Mutant("a newer save ends what hangs", "animgd/cli/words/watch.py", "            kill(author.child.pid)\n",
           "            pass\n", "tests/test_watch.py::test_a_save_does_not_wait_for_what_hangs"),
    Mutant("own code is called anew", "animgd/training/earlier.py", "        if key is None:\n",
           "        key = str(declared)\n        if False:\n", "tests/test_earlier.py::test_own_code_is_always_called"),
    Mutant("what a scene writes itself", "animgd/output/watch/saves.py", "(self._running and not _is_module(file))",
           "False", "tests/test_watch.py::test_files_that_a_scene_reads_count"),
    Mutant("the sizes of MP4", f"{E}/mp4/encoder.py", "    if size[0] % 2 or size[1] % 2:\n", "    if False:\n",
           "tests/test_cli.py::test_what_cannot_be_is_one_line_and_no_output"),
]  # fmt: skip


def tried(mutant: Mutant) -> tuple[Mutant, str]:
    """Whether the test is green as it is, and red without the guard."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        for name in ("animgd", "tests", "scenes"):
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        text = (tree / mutant.file).read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            return mutant, f"not applied: the text is there {text.count(mutant.old)} times"
        if not green(tree, mutant):
            return mutant, "the test is red with the guard too"
        (tree / mutant.file).write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        return mutant, "survived" if green(tree, mutant) else "red"


def green(tree: Path, mutant: Mutant) -> bool:
    """Whether the test passes in a tree."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        "long or not long",
        "-p",
        "no:cacheprovider",
        mutant.test,
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    with nothing_left(tree), subprocess.Popen(command, cwd=tree, env=environment, **quiet) as process:
        try:
            return process.wait(DEADLINE) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)


@contextlib.contextmanager
def nothing_left(tree: Path) -> Iterator[None]:
    """Kill what a program without its guard has left running (Linux): all processes that know the tree."""
    try:
        yield
    finally:
        mark = f"PYTHONPATH={tree}".encode()
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (place / "environ").read_bytes():
                    os.kill(int(place.name), 9)


def write(results: list[tuple[Mutant, str]]) -> None:
    """The table; guards that were not asked for keep their last result."""
    rows = {m.guard: f"| {m.guard} | `{m.file}` | `{m.test.removeprefix('tests/')}` | {r} |" for m, r in results}
    if REPORT.exists():
        told = [line for line in REPORT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        rows = {line.split(" | ")[0].strip("| "): line for line in told} | rows
    kept = [rows[mutant.guard] for mutant in MUTANTS if mutant.guard in rows]
    red = sum(row.endswith("| red |") for row in kept)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    head = (
        "# Guards, one taken away at a time\n\n"
        f"`python -m tests.mutants`, last on {today}: {red} of {len(kept)} turn the chosen test red.\n\n"
        "| guard | in | test | without it |\n|---|---|---|---|\n"
    )
    REPORT.write_text(head + "\n".join(kept) + "\n", encoding="utf-8")


def main(words: list[str]) -> int:
    """All mutants, or those that a word names; two at a time."""
    chosen = [m for m in MUTANTS if not words or any(word in m.guard for word in words)]
    results = []
    with ThreadPoolExecutor(2) as pool:
        for mutant, result in pool.map(tried, chosen):
            results.append((mutant, result))
            sys.stdout.write(f"{result:<10} {mutant.guard}\n")
            sys.stdout.flush()
    write(results)
    return int(any(result != "red" for _, result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
