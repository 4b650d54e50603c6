"""Load for test_guessing.py, run as a program: `visit` or `guess`, port, seconds.

It prints JSON: how many milliseconds each visit took, or how often each status came.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from collections import Counter

CLIENTS = 24
VISITOR = "198.51.100.7"


def ask(port: int, method: str, path: str, body: str = "", **headers: str) -> str:
    lines = [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines]
    if body:
        head.append("Content-Type: application/x-www-form-urlencoded")
        head.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        return b"".join(iter(lambda: one.recv(65_536), b"")).decode("latin-1")


def visit(port: int, end: float) -> list[float]:
    took = []
    while time.monotonic() < end:
        began = time.perf_counter()
        answer = ask(port, "GET", "/", X_Forwarded_For=VISITOR)
        took.append((time.perf_counter() - began) * 1000)
        assert " 200 " in answer.splitlines()[0], answer
        time.sleep(0.01)
    return took


def guess(port: int, end: float) -> Counter[str]:
    statuses = Counter[str]()
    threads = [
        threading.Thread(target=guess_alone, args=(port, end, number, statuses))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def guess_alone(port: int, end: float, client: int, statuses: Counter[str]) -> None:
    address = f"203.0.113.{client + 1}"
    page = ask(port, "GET", "/auth/login", X_Forwarded_For=address)
    cookies = re.findall(r"(?mi)^set-cookie: ([^;]+)", page)
    token = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)[0]
    number = 0
    while time.monotonic() < end:
        number += 1
        email = f"made-up-{client}-{number}%40example.com"
        answer = ask(
            port,
            "POST",
            "/auth/login",
            f"csrf_token={token}&email={email}&password=guess",
            X_Forwarded_For=address,
            Cookie="; ".join(cookies),
        )
        statuses[answer.split(" ", 2)[1]] += 1


if __name__ == "__main__":
    do = {"visit": visit, "guess": guess}[sys.argv[1]]
    print(json.dumps(do(int(sys.argv[2]), time.monotonic() + float(sys.argv[3]))))
