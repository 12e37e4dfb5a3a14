import type { Chance } from '../resolver/chance.ts'
import { entry, type Fields, gzip, header, longEntry, octal, padded, pax, paxRecord, tar } from './forge.ts'

const PLAIN = [
  ...['a', 'b', 'colony.yaml', 'bin/run', 'bin/run.sh', 'x/y/z', 'x.y', 'x-y', '-rf', '.hidden', 'a b', 'größe/ä.txt'],
  ...['日本.txt', '😀', 'n'.repeat(99), 'n'.repeat(100), `${'d/'.repeat(60)}f`, 'ü'.repeat(49), `${'ü'.repeat(50)}x`],
]

const ODD = [
  ...[
    '',
    '.',
    '..',
    './a',
    'a/.',
    'a//b',
    'a/',
    '/a',
    '//a',
    '../a',
    'a/../b',
    'C:a',
    'a\\b',
    'A',
    'B',
    'BIN/run',
    'e\u0301',
  ],
  ...[
    'é',
    'ß',
    'ss',
    'a.',
    'a ',
    'CON',
    'a:b',
    'a\nb',
    'a\tb',
    'a\u200bb',
    'a\u202eb',
    'x',
    'x/y',
    'K',
    '\u212a',
    '*',
    '?',
  ],
]

const SIZES: (string | Uint8Array)[] = [
  ...['-0000000001\0', '1\0', '          1\0', '00000000001 ', '000000000001', '0000000001\0\0', '00000000009\0', ''],
  ...[Buffer.from([0x80, ...Array<number>(10).fill(0), 1]), Buffer.alloc(12, 0xff), octal(513), octal(8 ** 11 - 1)],
]

const TYPES = ['1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'D', 'V', 'M', 'N', 'A', '\0']

/** Makes an archive of a few entries: mostly canonical ones, and one or two that only some readers understand. */
export function randomArchive(chance: Chance): Buffer {
  const names = chance.shuffled(PLAIN).slice(0, 1 + chance.below(5))
  const inOrder = chance.happens(0.9)
  if (inOrder) names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const isOdd = chance.happens(0.7)
  const oddAt = isOdd ? chance.below(names.length) : -1
  const parts = names.flatMap((name, at) => {
    const canonical = plainEntry(chance, name)
    if (at !== oddAt) return [canonical]
    const odd = oddParts(chance, name)
    return chance.happens(0.5) ? [...odd, canonical] : odd
  })
  const whole = tar(parts, chance.happens(0.9) ? 2 : chance.below(5))
  return packOddly(chance, chance.happens(0.05) ? Buffer.concat([whole, tar([entry('z', 'z')])]) : whole)
}

function plainEntry(chance: Chance, name: string): Buffer {
  const contents = contentsOf(chance)
  const fields = { mode: chance.happens(0.2) ? '0000755\0' : '0000644\0' }
  return Buffer.byteLength(name) < 100 ? entry(name, contents, fields) : longEntry(name, contents, fields)
}

function contentsOf(chance: Chance): Buffer {
  return Buffer.alloc(chance.pick([0, 1, 5, 511, 512, 513, 1300]), chance.pick(['x', 'tar', '\0', '12 path=a\n']))
}

function oddParts(chance: Chance, name: string): Buffer[] {
  const contents = contentsOf(chance)
  const other = chance.pick([...PLAIN, ...ODD])
  const short = Buffer.from(name).subarray(0, 99)
  switch (chance.below(12)) {
    case 0:
      return [entry(Buffer.from(other).subarray(0, 100), contents)]
    case 1:
      return [
        entry(short, contents, {
          type: chance.happens(0.5) ? chance.pick(TYPES) : chance.below(256),
        }),
      ]
    case 2:
      return [
        entry(short, '', { type: chance.pick(['1', '2', '0', '5']), linkname: Buffer.from(other).subarray(0, 100) }),
      ]
    case 3:
      return [entry(short, contents, { size: chance.pick(SIZES) })]
    case 4:
      return [entry(short, contents, oddField(chance))]
    case 5: {
      const keys = ['path', 'size', 'linkpath', 'mtime', 'hdrcharset', 'GNU.sparse.name', 'GNU.sparse.size', 'comment']
      const records = Array.from({ length: chance.below(4) }, () =>
        paxRecord(chance.pick(keys), chance.pick([other, '0', '1', '512', '1e3', '../a', `${'p'.repeat(120)}\0q`])),
      )
      return [pax(Buffer.concat(records), { type: chance.pick(['x', 'x', 'x', 'g', 'X']) }), entry(short, contents)]
    }
    case 6:
      return [entry('././@LongLink', `${other}\0`, { type: chance.pick(['L', 'K']) }), entry(short, contents)]
    case 7:
      return [longEntry(chance.happens(0.5) ? other : `${name}/${'l'.repeat(100)}/${other}`, contents)]
    case 8:
      return [header(short, { size: contents.length }), contents]
    case 9:
      return [entry(short, contents), Buffer.alloc(512 * (1 + chance.below(3)))]
    case 10:
      return [header(short, { size: 1536 }), entry('hidden', 'x'), padded('y')]
    default:
      return [damaged(chance, plainEntry(chance, name))]
  }
}

function oddField(chance: Chance): Fields {
  return chance.pick<Fields>([
    ...[{ mode: '0000777\0' }, { mode: '0004755\0' }, { mode: '644\0' }, { mode: '100644\0' }, { uid: '0001750\0' }],
    ...[
      { mtime: octal(1) },
      { mtime: Buffer.alloc(12, 0xff) },
      { checksum: '0000000\0' },
      { checksum: '' },
      { uname: 'root' },
    ],
    ...[
      { magic: 'ustar  \0' },
      { magic: '' },
      { prefix: 'pre' },
      { prefix: '..' },
      { rest: 'x' },
      { major: '0000001\0' },
    ],
    ...[{ magic: 'ustar  \0', prefix: 'pre' }, { magic: '', prefix: 'pre' }, { linkname: 'a' }, { gname: 'ü' }],
  ])
}

/** Changes a byte anywhere. */
function damaged(chance: Chance, bytes: Buffer): Buffer {
  const at = chance.below(Math.min(bytes.length, 600))
  bytes[at] = (bytes[at] ?? 0) ^ chance.pick([1, 0x20, 0x80, 0xff])
  if (at >= 148 && at < 156) return bytes
  const block = bytes.subarray(0, 512)
  block.write('        ', 148, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

function packOddly(chance: Chance, bytes: Buffer): Buffer {
  const packed = gzip(bytes, { level: chance.pick([0, 1, 9]) })
  if (chance.happens(0.85)) return packed
  const half = 512 * chance.below(bytes.length / 512)
  return chance.pick([
    Buffer.concat([packed, Buffer.alloc(1 + chance.below(600))]),
    Buffer.concat([packed, packed]),
    Buffer.concat([packed, gzip(Buffer.alloc(0))]),
    Buffer.concat([gzip(bytes.subarray(0, half)), gzip(bytes.subarray(half))]),
    Buffer.concat([packed, Buffer.from('and more')]),
    gzip(bytes, { flags: 8, extra: 'name.tar\0' }),
    gzip(bytes, { crc: 1 }),
    gzip(bytes, { length: bytes.length - 512 }),
    packed.subarray(0, -chance.below(packed.length)),
  ])
}
