import type { ReadStream } from 'node:tty'
import { CpmError } from '../../core/errors.ts'

const MAX_BYTES = 4096

/** Reads a single line from standard input. */
export async function readSecret(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > MAX_BYTES) break
  }
  return text.replace(/\r?\n$/, '')
}

/** Asks for a line without echoing it. */
export async function askSecret(input: ReadStream, show: (text: string) => void, question: string): Promise<string> {
  // Must come first, so that the terminal does not echo a line that is pasted early.
  input.setRawMode(true).setEncoding('utf8').resume()
  show(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = ''
      const onData = (typed: string) => {
        for (const key of typed) {
          if (key === '\r' || key === '\n' || key === '\u0004') {
            input.off('data', onData)
            resolve(text)
            return
          }
          if (key === '\u0003') {
            input.off('data', onData)
            reject(new CpmError('INTERRUPTED', 'interrupted', { hint: 'run the command again' }))
            return
          }
          if (key === '\u007f' || key === '\b') text = text.slice(0, -1)
          else text += key
        }
      }
      input.on('data', onData)
    })
  } finally {
    input.setRawMode(false).pause()
    show('\n')
  }
}
