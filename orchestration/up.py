"""``python -m orchestration.up``: Dagster's webserver and daemon and the health endpoint, until Ctrl-C or SIGTERM.

State is in ``$ITAM_HOME/dagster``; nothing listens on another address than 127.0.0.1 unless it is told to.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from dagster import DagsterInstance

from itam.home import PROJECT_DIR, Home
from orchestration import health, project, upkeep

PORT, HEALTH_PORT = 3000, 3001
STOP_SECONDS = 60
DAEMON_SILENCE_SECONDS = 120


def prepare(home: Home) -> dict[str, str]:
    """Make the state folder, read the dbt project, end what a stop of the machine has left; Dagster's environment."""
    os.umask(0o077)
    home.create()
    state = home.root / "dagster"
    state.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", state / "dagster.yaml")
    os.environ.update({"ITAM_HOME": str(home.root), "DAGSTER_HOME": str(state), "DAGSTER_DISABLE_TELEMETRY": "yes"})
    project.manifest(home)
    with DagsterInstance.get() as instance:  # its tables are made here, once, before two programs want to
        upkeep.end_dead_runs(instance)
    return dict(os.environ)


def start(program: str, arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a program of Dagster's in a group of its own, so that Ctrl-C reaches it through us only."""
    command = [str(Path(sys.executable).with_name(program)), *arguments, "-m", "orchestration.definitions"]
    return subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, start_new_session=True)


def stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each to end, then insist; what a killed refresh leaves, the next one settles."""
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    until = time.monotonic() + STOP_SECONDS
    for name, process in processes.items():
        try:
            process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            print(f"{name} does not end; it is killed", file=sys.stderr)
        try:
            os.killpg(process.pid, signal.SIGKILL)  # whatever it has started and left
        except ProcessLookupError:
            continue
        process.wait()


def silent_daemons() -> tuple[str, ...]:
    """The parts of the daemon that have not been heard of lately, by Dagster's own records."""
    with DagsterInstance.get() as instance:
        statuses = instance.get_daemon_statuses()
        silent = [
            name
            for name, status in statuses.items()
            if status.required
            and (
                status.last_heartbeat is None or time.time() - status.last_heartbeat.timestamp > DAEMON_SILENCE_SECONDS
            )
        ]
    return (f"the daemon is silent: {', '.join(sorted(silent))}",) if silent else ()


def main() -> int:
    """Run until told to stop, or until one of the two ends by itself."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.up", description=__doc__)
    parser.add_argument("--home", help="the organisation's folder (default: ITAM_HOME, else ./data)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--health-port", type=int, default=HEALTH_PORT)
    given = parser.parse_args()
    home = Home.locate(given.home)
    is_asked_to_stop = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal is_asked_to_stop
        del number, frame
        is_asked_to_stop = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    environment = prepare(home)
    endpoint = health.serve(home, given.host, given.health_port, silent_daemons)
    where = ["-h", given.host, "-p", str(given.port)]
    processes = {
        "webserver": start("dagster-webserver", where, environment),
        "daemon": start("dagster-daemon", ["run"], environment),
    }
    print(f"Dagster: http://{given.host}:{given.port}  health: http://{given.host}:{given.health_port}/health")
    print(f"Home: {home.root}. Ctrl-C stops.", flush=True)
    try:
        while not is_asked_to_stop and all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
        died = [name for name, process in processes.items() if process.poll() is not None]
    finally:
        stop(processes)
        endpoint.shutdown()
    if died and not is_asked_to_stop:
        print(f"stopped, because this ended by itself: {', '.join(died)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
