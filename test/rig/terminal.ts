import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { execa } from 'execa'

const BIN = path.resolve(import.meta.dirname, '../../bin/cpm.js')

/** Whether pseudo-terminals are available. Python's standard library has them, Node.js doesn't. */
export const HAS_TERMINAL = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0

/** A Python script that plays a dialogue on a pseudo-terminal: it waits for each text, then types the matching line. */
const PLAY = `
import fcntl, json, os, pty, struct, sys, termios
job = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.chdir(job['cwd'])
    os.execve(job['argv'][0], job['argv'], job['env'])
seen, at = b'', 0
def more():
    try:
        return os.read(fd, 65536)
    except OSError:
        return b''
for wanted, line in job['dialogue']:
    while True:
        found = seen.find(wanted.encode(), at)
        if found >= 0:
            break
        chunk = more()
        if not chunk:
            break
        seen += chunk
    if found < 0:
        break
    at = found + len(wanted.encode())
    os.write(fd, line.encode())
while True:
    chunk = more()
    if not chunk:
        break
    seen += chunk
_, status = os.waitpid(pid, 0)
json.dump({'code': os.waitstatus_to_exitcode(status), 'shown': seen.decode()}, sys.stdout)
`

/** Runs cpm at a terminal. `dialogue` has the texts to wait for and what to type after each. */
export async function cpmAtTerminal(
  args: readonly string[],
  {
    cwd,
    env,
    dialogue,
  }: { cwd: string; env: Record<string, string>; dialogue: readonly (readonly [string, string])[] },
): Promise<{ code: number; shown: string }> {
  const argv = [process.execPath, BIN, ...args]
  const job = { argv, cwd, env: { PATH: process.env.PATH ?? '', TERM: 'dumb', NO_COLOR: '1', ...env }, dialogue }
  const { stdout } = await execa('python3', ['-c', PLAY], { input: JSON.stringify(job) })
  return JSON.parse(stdout) as { code: number; shown: string }
}
