"""usage: paramiko_client.py HOST PORT USER PASSWORD FILE TARGET: sends a file, and runs a command that reads it."""
import sys

import paramiko

host, port, user, password, file, target = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect(host, int(port), user, password, look_for_keys=False, allow_agent=False, timeout=60)
client.open_sftp().put(file, target)
print(client.exec_command(f"cat {target}")[1].read().decode(), end="")
client.close()
