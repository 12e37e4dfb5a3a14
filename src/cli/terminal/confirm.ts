import { createInterface } from 'node:readline/promises'
import { CpmError } from '../../core/errors.ts'
import type { Context } from '../../operations/context.ts'

/** Asks at the terminal, where return alone means yes. Where nobody can be asked the answer is yes, as for any command that was typed. */
export async function confirm({ isInteractive, signal }: Context, question: string): Promise<boolean> {
  if (!isInteractive) return true
  const reader = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 })
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
