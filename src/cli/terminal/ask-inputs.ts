import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CpmError } from '../../core/errors.ts'
import { exactJson } from '../../core/exact-json.ts'
import { oneLine } from '../../core/printable.ts'
import { type Question, type Questions, readAnswer } from '../../workflow/values/questions.ts'
import { type Style, styleFor } from './style.ts'

interface Terminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly color: boolean
  readonly signal: AbortSignal
}

/**
 * Asks questions in the terminal. Repeats each until its answer is valid, and stops at the end of input (Ctrl-D). Does
 * not echo secrets.
 */
export async function askQuestions(questions: Questions, terminal: Terminal): Promise<void> {
  const style = styleFor(terminal.color)
  const echo = new Echo(terminal.output)
  const reader = createInterface({ input: terminal.input, output: echo, terminal: true, historySize: 0 })
  const closed = new AbortController()
  reader.once('close', () => {
    closed.abort()
  })
  reader.once('SIGINT', () => {
    closed.abort(new CpmError('INTERRUPTED', 'interrupted', { hint: 'run the command again' }))
  })
  const signal = AbortSignal.any([terminal.signal, closed.signal])
  try {
    let next = questions.next()
    while (!next.done) {
      const question = next.value
      terminal.output.write(`${headOf(question, style)}\n`)
      for (;;) {
        const line = reader.question(promptOf(question), { signal })
        echo.isMuted = question.isSecret
        const answer = readAnswer(question, await line)
        if (echo.isMuted) terminal.output.write('\n')
        echo.isMuted = false
        if ('value' in answer) {
          next = questions.next(answer.value)
          break
        }
        terminal.output.write(`  ${style('red', oneLine(answer.problem))}\n`)
      }
    }
  } catch (error) {
    terminal.output.write('\n')
    terminal.signal.throwIfAborted()
    if (closed.signal.reason instanceof CpmError) throw closed.signal.reason
    if (!closed.signal.aborted) throw error
  } finally {
    reader.close()
  }
}

/** Output of the line reader, which can be muted to hide what is typed. */
class Echo extends Writable {
  isMuted = false
  readonly #output: NodeJS.WriteStream

  constructor(output: NodeJS.WriteStream) {
    super()
    this.#output = output
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.isMuted) this.#output.write(chunk)
    done()
  }
}

/** Returns the heading of a question, from the input's declaration. */
function headOf(question: Question, style: Style): string {
  const { label, key, description, unit, example, options, min, max, isJson, isAnother } = question
  const title = label === undefined ? style('bold', key) : `${style('bold', oneLine(label))} (${key})`
  const facts = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(unit === undefined ? [] : [`in ${oneLine(unit)}`]),
    ...(example === undefined || isAnother ? [] : [`for example ${exampleText(example)}`]),
  ]
  return [
    [title, ...(description === undefined ? [] : [oneLine(description)])].join(': '),
    ...(facts.length === 0 ? [] : [style('dim', `  ${facts.join(', ')}`)]),
    ...(isJson ? [style('dim', '  in JSON')] : []),
    ...(options ?? []).map((option, index) => `  ${index + 1}) ${oneLine(String(option))}`),
  ].join('\n')
}

/** An example as it would be typed. */
function exampleText(example: unknown): string {
  return oneLine(typeof example === 'string' ? example : exactJson(example))
}

function promptOf({ key, type, isSecret, options, empty, isAnother }: Question): string {
  if (isAnother) return `add ${key}? [y/N] `
  const kind = isSecret ? 'secret:NAME, env:NAME or file:PATH' : options ? `${type}, or a number of these` : type
  const hint = empty === 'refused' ? '' : `, empty: ${empty}`
  return `  ${kind}${hint}> `
}
