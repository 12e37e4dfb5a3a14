import { STALE_HEADER } from '../schema/stale.ts'
import type { IndexQuestion } from '../core/ports.ts'

/** milliseconds; after that, the whole command asks, which also explains what is wrong */
const ANSWER_WITHIN = 1000

/**
 * Asks a server again for the tags of indexes, and compares the answer with an earlier one. It is the smallest
 * client that can do this: no token, no proxy, no redirect and no second attempt.
 * @returns false if anything differs or fails
 */
export async function isSameAnswer({ url, body, tags }: IndexQuestion, cpmVersion: string): Promise<boolean> {
  // Loading these takes some milliseconds.
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'accept-encoding': 'identity',
    'user-agent': `cpm/${cpmVersion}`,
    connection: 'close',
  }
  return await new Promise((resolve) => {
    // Explicit, so that no environment variable can turn it off.
    const options = { method: 'POST', headers, timeout: ANSWER_WITHIN, rejectUnauthorized: true }
    const asking = request(url, options, (answer) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > tags.length + SPARE_BYTES) end(false)
      })
      answer.on('end', () => {
        const isPlain = answer.statusCode === 200 && answer.headers[STALE_HEADER] === undefined
        end(isPlain && tagsIn(Buffer.concat(chunks).toString('utf8')) === tags)
      })
      answer.on('error', () => {
        end(false)
      })
    })
    const deadline = setTimeout(() => {
      end(false)
    }, ANSWER_WITHIN)
    function end(isSame: boolean): void {
      clearTimeout(deadline)
      asking.destroy()
      resolve(isSame)
    }
    asking.on('error', () => {
      end(false)
    })
    asking.end(body)
  })
}

/** How much longer an answer may be than the tags in it. */
const SPARE_BYTES = 1024

function tagsIn(text: string): string | undefined {
  try {
    return JSON.stringify((JSON.parse(text) as { tags?: unknown }).tags)
  } catch {
    return undefined
  }
}
