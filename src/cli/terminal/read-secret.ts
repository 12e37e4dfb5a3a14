import type { ReadStream } from 'node:tty'
import { CpmError } from '../../core/errors.ts'

const MAX_BYTES = 4096

/** The one line that standard input holds. */
export async function readSecret(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > MAX_BYTES) break
  }
  return text.replace(/\r?\n$/, '')
}

/** Asks for a line that is not shown while it is typed. */
export async function askSecret(input: ReadStream, show: (text: string) => void, question: string): Promise<string> {
  // First of all, so that the terminal shows nothing of a line that is pasted before the question is read.
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
