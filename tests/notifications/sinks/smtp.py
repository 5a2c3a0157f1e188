"""A mail server on loopback: plain or TLS, with the refusals of real ones."""

from __future__ import annotations

import base64
import email
import email.policy
import random
import socket
import socketserver
import threading
import time
from contextlib import suppress


class _Server(socketserver.ThreadingTCPServer):
    def handle_error(self, *_):
        """Clients that do not trust the certificate hang up."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    sink: MailSink


class MailSink:
    """Speaks TLS from the start with `context`, after STARTTLS with `starttls`; with `users` (name →
    password) it wants to know who sends. `mails` are those whose text it took: (receiver, message, time).
    `script` holds faults for the coming sessions: 'greylist' (451 at RCPT), 'reject' (550), 'busy' (421 at
    connect), 'close' (the line breaks after the text was taken), 'hang'."""

    def __init__(self, *, context=None, starttls=None, users=None, fail=0.0, seed=2):
        self.starttls, self.users = starttls, users or {}
        self.mails, self.script = [], []
        self.context, self.fail, self._dice = context, fail, random.Random(seed)
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Session)
        self.server.sink = self
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def fault(self):
        with self.lock:
            if self.script:
                return self.script.pop(0)
            if self.fail and self._dice.random() < self.fail:
                return self._dice.choice(["greylist", "busy"])
        return ""

    def take(self, receiver, raw):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        with self.lock:
            self.mails.append((receiver, message, time.time()))


class _Session(socketserver.StreamRequestHandler):
    """One connection. Says what the client asks for, in the order of RFC 5321."""

    server: _Server
    known = secret = False

    def setup(self):
        if self.server.sink.context is not None:
            plain = self.request
            try:
                self.request = self.server.sink.context.wrap_socket(plain, server_side=True)
            except OSError:  # the client does not trust the certificate
                plain.close()
                raise
        super().setup()

    def finish(self):
        super().finish()
        self.request.close()

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        with suppress(OSError):  # the client hung up
            self._talk(self.server.sink.fault())

    def _talk(self, fault):
        if fault == "hang":
            time.sleep(30)
        self.say("421 busy" if fault == "busy" else "220 sink ESMTP")
        receiver = ""
        while fault != "busy" and (line := self.rfile.readline()):
            verb = line[:4].upper().decode("latin-1")
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "RCPT":
                receiver = line.decode().partition("<")[2].partition(">")[0]
            if verb == "STAR":
                self._turn_secret()
                continue
            if verb == "AUTH":
                self.known = self._knows(line)
                self.say("235 welcome" if self.known else "535 who are you")
                continue
            if verb == "DATA" and self._data(receiver, fault):
                return
            if verb != "DATA":
                self.say(self._reply(verb, fault))

    def _reply(self, verb, fault):
        if verb == "EHLO":
            return "\r\n".join(["250-sink", *self._offers(), "250 HELP"])
        if verb == "MAIL" and self.server.sink.users and not self.known:
            return "530 authenticate first"
        if verb == "RCPT" and fault in ("greylist", "reject"):
            return "451 try later" if fault == "greylist" else "550 no such user"
        return "250 OK"

    def _offers(self):
        offers = ["250-STARTTLS"] if self.server.sink.starttls and not self.secret else []
        return [*offers, "250-AUTH PLAIN"] if self.server.sink.users else offers

    def _turn_secret(self):
        self.say("220 go on")
        self.request = self.server.sink.starttls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.secret = True

    def _knows(self, line):
        _, name, password = base64.b64decode(line.split()[-1]).decode().split("\0")
        return self.server.sink.users.get(name) == password

    def _data(self, receiver, fault):
        """Takes the text; True when the line is dead afterwards."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.sink.take(receiver, b"".join(lines))
        if fault == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
            return True
        self.say("250 taken")
        return False
