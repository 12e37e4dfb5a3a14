import { createInterface } from 'node:readline/promises'
import { CpmError } from '../../core/errors.ts'
import type { Terminal } from './terminal.ts'

/** Asks a yes/no question in the terminal. Enter alone means yes. */
export async function confirm({ stdin, stderr }: Terminal, question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stderr, historySize: 0 })
  const closed = new AbortController()
  const interrupt = () => {
    closed.abort(new CpmError('INTERRUPTED', 'interrupted', { hint: 'run the command again' }))
  }
  reader.once('SIGINT', interrupt).once('close', interrupt)
  try {
    const answer = await reader.question(`${question} [Y/n] `, { signal: AbortSignal.any([signal, closed.signal]) })
    return /^(?:y(?:es)?)?$/i.test(answer.trim())
  } catch (error) {
    signal.throwIfAborted()
    closed.signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
}
