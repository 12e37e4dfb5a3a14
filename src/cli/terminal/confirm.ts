import { askLine } from './ask-line.ts'
import type { Terminal } from './terminal.ts'

/** Asks a yes/no question in the terminal. Enter alone means yes. */
export async function confirm(terminal: Terminal, question: string, signal: AbortSignal): Promise<boolean> {
  const read = (typed: string) => ({ value: /^(?:y(?:es)?)?$/i.test(typed) })
  return await askLine(terminal, { text: `${question} [Y/n] `, read }, signal)
}
