const END = 0x8000

/**
 * Finds the positions of many keywords in one pass over the bytes (an Aho-Corasick automaton with its failure links
 * compiled into one table).
 */
export class KeywordSearch {
  readonly #table: Uint16Array
  /** the indexes of the keywords that end in each state */
  readonly #ending: (readonly number[] | undefined)[]
  readonly #lengths: readonly number[]

  constructor(keywords: readonly string[]) {
    const words = keywords.map((keyword) => Buffer.from(keyword, 'latin1'))
    const { children, ending } = buildTrie(words)
    this.#lengths = words.map(({ length }) => length)
    this.#table = toTable(children, ending)
    this.#ending = ending
  }

  /** @param found gets the index of a keyword and its position, and returns true to stop */
  search(bytes: Uint8Array, from: number, to: number, found: (keyword: number, at: number) => boolean): void {
    const table = this.#table
    let state = 0
    for (let at = from; at < to; at++) {
      const next = table[(state << 8) | (bytes[at] ?? 0)] ?? 0
      state = next & ~END
      if (next < END) continue
      for (const keyword of this.#ending[state] ?? [])
        if (found(keyword, at + 1 - (this.#lengths[keyword] ?? 0))) return
    }
  }
}

interface Trie {
  readonly children: readonly Map<number, number>[]
  readonly ending: number[][]
}

function buildTrie(words: readonly Uint8Array[]): Trie {
  const children = [new Map<number, number>()]
  const ending: number[][] = [[]]
  words.forEach((word, number) => {
    let state = 0
    for (const byte of word) {
      let next = children[state]?.get(byte)
      if (next === undefined) {
        next = children.push(new Map()) - 1
        ending.push([])
        children[state]?.set(byte, next)
      }
      state = next
    }
    ending[state]?.push(number)
  })
  return { children, ending }
}

/** Computes the next state for each state and byte, level by level. Without a child, the longest suffix decides. */
function toTable(children: Trie['children'], ending: number[][]): Uint16Array {
  const table = new Uint16Array(children.length << 8)
  const suffix = new Uint16Array(children.length)
  const queue = [0]
  for (const state of queue) {
    for (let byte = 0; byte < 256; byte++) {
      const fallback = state === 0 ? 0 : (table[((suffix[state] ?? 0) << 8) | byte] ?? 0) & ~END
      const child = children[state]?.get(byte)
      if (child !== undefined) {
        suffix[child] = fallback
        ending[child]?.push(...(ending[fallback] ?? []))
        queue.push(child)
      }
      const next = child ?? fallback
      table[(state << 8) | byte] = next | ((ending[next]?.length ?? 0) > 0 ? END : 0)
    }
  }
  return table
}
