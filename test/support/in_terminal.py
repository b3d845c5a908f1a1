"""Runs a command in a pseudo terminal of 80 columns, and prints {"output": …, "status": …} as JSON.

    in_terminal.py [--interrupt-after TEXT] COMMAND ARGUMENT…

With --interrupt-after, Ctrl-C is typed as soon as TEXT has been printed.
"""
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios

command = sys.argv[1:]
awaited = None
if command[0] == '--interrupt-after':
    awaited = command[1].encode()
    command = command[2:]

pid, terminal = pty.fork()
if pid == 0:
    # Of the terminal that this process controls: the command must not ask for its size before it is set.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.execvp(command[0], command)

# A test that has given up must leave no command behind.
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
output = b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:  # EIO on Linux: the command has ended
        part = b''
    if not part:
        break
    output += part
    if awaited is not None and awaited in output:
        awaited = None
        os.write(terminal, b'\x03')
_, wait_status = os.waitpid(pid, 0)
print(json.dumps({'output': output.decode(), 'status': os.waitstatus_to_exitcode(wait_status)}))
