import type { Chance } from '../resolver/chance.ts'

/** Texts that readers are known to stumble over, in any format. */
const HOSTILE = [
  ...['', '.', '..', '/', '../x', '/etc/passwd', 'C:\\x', 'a\\b', '__proto__', 'constructor', 'toString', '%2e%2e%2f'],
  ...[
    '\0',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\ud800',
    '\\ud800',
    '\\u0000',
    '\u001b[31m',
    '\r\n',
    '\u2028',
    'é',
    'e\u0301',
  ],
  ...[
    '0',
    '-0',
    '-1',
    '1e999',
    '1e-7',
    '0x10',
    '010',
    '9007199254740993',
    '18446744073709551616',
    'NaN',
    '1.0',
    '077777',
  ],
  ...['null', 'true', '[]', '{}', '""', '~', '<<', '&a', '*a', '!!js/function', '%YAML 1.1', '---', '...', '<<<<<<< x'],
  ...['*', '>=', '^', '||', ' - ', '1.x.x', '1.0.0-0', '1.0.0+build', 'path:', 'path:..', 'file:///', 'https://x@y'],
  ...['"', "'", '`', '$(id)', '${HOME}', '{{', '}}', ',', ':', '#', '\t', '[', ']', '{', '}', '((', 'a'.repeat(300)],
  ...['blake3:', `blake3:${'0'.repeat(64)}`, 'v', 'schemaVersion', 'apiVersion', 'GNU.sparse.size', '30 path=../x\n'],
]

const NUMBERS = [0, -1, 1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 1e308, 127, 255, 256, 65_535]

/** Returns bytes with one to eight changes of any kind. Other samples are spliced in. */
export function mutateBytes(chance: Chance, bytes: Buffer, others: readonly Buffer[]): Buffer {
  let mutant: Buffer = Buffer.from(bytes)
  for (let changes = 1 + chance.below(8); changes > 0; changes--) mutant = changeOnce(chance, mutant, others)
  return mutant
}

function changeOnce(chance: Chance, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const at = chance.below(bytes.length + 1)
  const length = chance.happens(0.8) ? chance.below(9) : chance.below(bytes.length + 1)
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)]
  const put = (middle: Uint8Array) => Buffer.concat([before, middle, after])
  switch (chance.below(10)) {
    case 0:
      return put(Buffer.alloc(0))
    case 1:
      return put(Buffer.concat([part, part]))
    case 2:
      return put(Buffer.from(chance.pick(HOSTILE)))
    case 3:
      return Buffer.concat([before, Buffer.from(chance.pick(HOSTILE)), part, after])
    case 4:
      return put(Buffer.from(Array.from(part, () => chance.below(256))))
    case 5:
      return Buffer.from(before)
    case 6: {
      const other = chance.pick(others)
      const from = chance.below(other.length)
      return put(other.subarray(from, from + chance.below(other.length)))
    }
    case 7:
      return put(Buffer.from(chance.pick(['[', '{"a":', '- ', '(', '{a: ', '"', '/']).repeat(chance.below(3000))))
    default: {
      const flipped = Buffer.from(bytes)
      const spot = Math.min(at, flipped.length - 1)
      if (spot >= 0) flipped[spot] = (flipped[spot] ?? 0) ^ chance.pick([1, 2, 4, 8, 16, 32, 64, 128, 255])
      return flipped
    }
  }
}

/** Returns plain data with one to four of its values, keys or items changed, removed, repeated or added. */
export function mutateValue(chance: Chance, value: unknown): unknown {
  const mutant = structuredClone(value)
  const holder = { root: mutant }
  for (let changes = 1 + chance.below(4); changes > 0; changes--) changeIn(chance, holder)
  return holder.root
}

function changeIn(chance: Chance, holder: { root: unknown }): void {
  const places: { parent: Record<string, unknown>; key: string }[] = []
  const walk = (parent: Record<string, unknown>) => {
    for (const key of Object.keys(parent)) {
      places.push({ parent, key })
      const child = parent[key]
      if (child !== null && typeof child === 'object') walk(child as Record<string, unknown>)
    }
  }
  walk(holder)
  const { parent, key } = chance.pick(places)
  const define = (name: string, to: unknown) =>
    Object.defineProperty(parent, name, { value: to, enumerable: true, configurable: true, writable: true })
  switch (chance.below(5)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else if (parent !== holder) Reflect.deleteProperty(parent, key)
      return
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]))
      else if (parent !== holder) define(chance.pick(HOSTILE), parent[key])
      return
    case 2: {
      const other = chance.pick(places)
      define(key, structuredClone(other.parent[other.key]))
      return
    }
    default:
      define(key, odd(chance, parent[key]))
  }
}

function odd(chance: Chance, before: unknown): unknown {
  switch (chance.below(8)) {
    case 0:
      return null
    case 1:
      return chance.pick(NUMBERS)
    case 2:
      return chance.happens(0.5)
    case 3:
      return []
    case 4:
      return {}
    case 5:
      return nested(1 + chance.below(200))
    case 6:
      return typeof before === 'string' ? before + chance.pick(HOSTILE) : [before]
    default:
      return chance.pick(HOSTILE)
  }
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

const BLOCK = 512

/** Returns a tar with some of its header fields, blocks or bytes changed; most headers get a correct checksum again. */
export function mutateTar(chance: Chance, tar: Buffer): Buffer {
  let mutant: Buffer = Buffer.from(tar)
  for (let changes = 1 + chance.below(4); changes > 0; changes--) {
    const blocks = Math.max(1, Math.floor(mutant.length / BLOCK))
    const at = chance.below(blocks) * BLOCK
    switch (chance.below(6)) {
      case 0:
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(at + BLOCK)])
        break
      case 1: {
        const from = chance.below(blocks) * BLOCK
        const length = BLOCK * (1 + chance.below(3))
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(from, from + length), mutant.subarray(at)])
        break
      }
      case 2:
        mutant = mutateBytes(chance, mutant, [tar])
        break
      default:
        mutateHeader(chance, mutant.subarray(at, at + BLOCK))
    }
  }
  return mutant
}

/** offset and length of each field of a ustar header */
const FIELDS = [
  ...[[0, 100], [100, 8], [108, 8], [116, 8], [124, 12], [136, 12], [148, 8], [156, 1], [157, 100], [257, 6]],
  ...[[263, 2], [265, 32], [297, 32], [329, 8], [337, 8], [345, 155], [500, 12]],
] as const // prettier-ignore

function mutateHeader(chance: Chance, block: Buffer): void {
  if (block.length < BLOCK) return
  const [offset = 0, length = 1] = chance.pick(FIELDS)
  const field = block.subarray(offset, offset + length)
  switch (chance.below(4)) {
    case 0:
      field.fill(0)
      field.write(chance.pick(HOSTILE))
      break
    case 1:
      field.fill(chance.pick([0, 0x20, 0x30, 0x37, 0x80, 0xff]))
      break
    case 2:
      field.write(
        chance
          .below(8 ** Math.min(length - 1, 9))
          .toString(8)
          .padStart(length - 1, '0'),
      )
      break
    default:
      field[chance.below(length)] = chance.below(256)
  }
  if (chance.happens(0.9)) fixChecksum(block)
}

/** Writes the checksum of a header block. */
export function fixChecksum(block: Buffer): void {
  block.write('        ', 148, 'latin1')
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
