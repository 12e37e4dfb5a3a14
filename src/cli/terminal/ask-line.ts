import { createInterface } from 'node:readline/promises'
import { CpmError } from '../../core/errors.ts'
import { oneLine } from '../../core/printable.ts'
import type { LineQuestion } from '../../operations/session.ts'
import { styleFor, wantsColor } from './style.ts'
import type { Terminal } from './terminal.ts'

/** Asks a question in the terminal until its answer is usable. @throws CpmError INTERRUPTED at Ctrl-C and Ctrl-D */
export async function askLine<T>(
  { stdin, stderr, env }: Terminal,
  { text, above = [], read }: LineQuestion<T>,
  signal: AbortSignal,
): Promise<T> {
  const style = styleFor(wantsColor(stderr, env))
  const reader = createInterface({ input: stdin, output: stderr, historySize: 0 })
  const closed = new AbortController()
  const interrupt = () => {
    closed.abort(new CpmError('INTERRUPTED', 'interrupted', { hint: 'run the command again' }))
  }
  reader.once('SIGINT', interrupt).once('close', interrupt)
  try {
    stderr.write(above.map((line) => `${line}\n`).join(''))
    for (;;) {
      const typed = await reader.question(text, { signal: AbortSignal.any([signal, closed.signal]) })
      const answer = read(typed.trim())
      if ('value' in answer) return answer.value
      stderr.write(`  ${style('red', oneLine(answer.problem))}\n`)
    }
  } catch (error) {
    stderr.write('\n')
    signal.throwIfAborted()
    closed.signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
}
