"""The parent of all our processes: starts, watches, restarts, stops them, and prints what they say."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config.embedded import die_with_parent
from config.state import ROOT

DEATHS_ALLOWED = 5  # within a minute; more means that restarting does not help
# What the servers say at every start and stop, and a warning that we know.
NOISE = (" LOG:  ", "SIGTERM scheduling shutdown", "bye bye", "overcommit_memory", "the database system is starting up")
_printing = threading.Lock()


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass
class Program:
    """One child; `vital` ones end everything when they die, the others are started again."""

    name: str
    command: list[str]
    vital: bool = False
    stop_signal: int = signal.SIGTERM
    cwd: str = str(ROOT)
    account: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    process: subprocess.Popen | None = None
    deaths: list[float] = field(default_factory=list)


def say(name: str, line: str) -> None:
    """One line of output; a reader that went away must not stop the clinic."""
    with _printing:
        try:
            print(f"{time.strftime('%H:%M:%S')} {name:<8}| {line}", flush=True)
        except (OSError, ValueError):
            pass


class Supervisor:
    """Children get a group of their own, so that a terminal's Ctrl-C reaches only us and we choose the order."""

    def __init__(self):
        self.programs: list[Program] = []
        self.stopping = threading.Event()
        self.code = 0

    def listen(self) -> None:
        """SIGINT and SIGTERM stop us; SIGHUP too, unless nohup told us to ignore it."""
        signal.signal(signal.SIGINT, lambda *_: self.stopping.set())
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda *_: self.stopping.set())

    def start(self, program: Program) -> Program:
        """From the main thread only: the kernel ties a child to the thread that made it."""
        program.process = subprocess.Popen(
            program.command,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
            process_group=0,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            **program.account,
        )
        threading.Thread(target=_pump, args=(program.name, program.process), daemon=True).start()
        if program not in self.programs:
            self.programs.append(program)
        return program

    def step(self, name: str, command: list[str], **environment: str) -> None:
        """Run one command to its end; its failure is ours."""
        program = Program(name, command, environment=environment)
        process = self.start(program).process
        while process.poll() is None and not self.stopping.is_set():
            time.sleep(0.05)
        self.programs.remove(program)
        if self.stopping.is_set():
            _end([program], 5)
            raise Stopped
        if process.returncode:
            time.sleep(0.2)  # let its last words be printed
            sys.exit(f"Start failed at: {name}. What went wrong stands above; mend it and start again.")

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Until told to stop, until something vital dies, or until what we wait for has come."""
        while not self.stopping.wait(0.2) and not until():
            for program in self.programs:
                if (code := program.process.poll()) is not None:
                    self._died(program, code)

    def _died(self, program: Program, code: int) -> None:
        say("run", f"{program.name} ended with code {code}")
        now = time.monotonic()
        program.deaths = [death for death in program.deaths if death > now - 60] + [now]
        if program.vital or len(program.deaths) > DEATHS_ALLOWED:
            say("run", f"cannot go on without {program.name}: stopping everything")
            self.code = 1
            self.stopping.set()
            return
        self.stopping.wait(0.2 * len(program.deaths))
        if not self.stopping.is_set():
            self.start(program)

    def stop(self) -> None:
        """Our programs first, the servers after them: within 20 seconds in all."""
        servers = [program for program in self.programs if program.name in {"postgres", "valkey"}]
        _end([program for program in self.programs if program not in servers], 10)
        _end(servers, 6)


def _pump(name: str, process: subprocess.Popen) -> None:
    for raw in process.stdout:
        line = raw.decode("utf8", "replace").rstrip()
        if line and not any(word in line for word in NOISE):
            say(name, line)


def _end(programs: list[Program], seconds: float) -> None:
    alive = [program for program in programs if program.process and program.process.poll() is None]
    for program in alive:
        program.process.send_signal(program.stop_signal)
    end = time.monotonic() + seconds
    for program in alive:
        try:
            program.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            say("run", f"{program.name} did not stop in time and was killed")
            os.killpg(program.process.pid, signal.SIGKILL)
            program.process.wait()
