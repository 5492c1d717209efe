#!/usr/bin/env python3
"""Stands in for the supervisor: speaks the run protocol, and behaves as the prompt says.

finish  reports one event and succeeds
leave   starts a process that leaves its session, names it in a file, and stays
"""

import ctypes, json, os, pathlib, signal, subprocess, time, urllib.request

PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def call(path, body=None):
    request = urllib.request.Request(
        os.environ["ERRAND_RUN_URL"] + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "authorization": "Bearer " + os.environ["ERRAND_RUN_TOKEN"],
            "content-type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


spec = call("/v1/run")
now = lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
started = {"at": now(), "type": "text", "text": "here I am", "message_id": "m", "model": "none"}
ended = {"at": now(), "type": "run_finished", "outcome": "succeeded", "duration_ms": 1}
post = {"runner": "stand-in-%d" % os.getpid(), "run_seq": 0, "head": spec["head"], "events": [started]}
answer = call("/v1/run/events", post)

if spec["prompt"] == "leave":
    daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
    marks = pathlib.Path(__file__).parent / "marks"
    with marks.open("a") as file:
        file.write(f"{spec['attempt']} {os.getpid()} {daemon.pid}\n")
    signal.pause()

post.update(run_seq=1, head=answer["head"], events=[ended], end={"outcome": "succeeded", "result_text": "done"})
call("/v1/run/events", post)
