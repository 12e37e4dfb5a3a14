import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { list } from 'tar'
import { afterAll, describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import { createPool } from '../../src/core/pool.ts'
import { filesToPack } from '../../src/package/files-to-pack.ts'
import { DEFAULT_LIMITS } from '../../src/package/limits.ts'
import type { ExpectedArchive } from '../../src/package/read-archive.ts'
import { unpack } from '../../src/package/tasks.ts'
import { entry, type Fields, gzip, header, longEntry, octal, padded, pax, paxRecord, tar } from './forge.ts'
import { Yard } from './yard.ts'

// Table A of the threat list, from the reader's side. Archives are made by hand (forge.ts) and read by the real tasks.

const pool = createPool()
const yard = new Yard(pool)
afterAll(async () => {
  yard[Symbol.dispose]()
  await pool.close()
})

const LONG = `${'long/'.repeat(30)}name-ü.txt`
const GOOD = tar([
  entry('README.md', '# hello\n'),
  entry('bin/run', '#!/bin/sh\n', { mode: '0000755\0' }),
  entry('colony.yaml', 'apiVersion: v1\n'),
  entry('empty'),
  longEntry(LONG, 'deep'),
  entry('ümlaut/日本.txt', 'x'.repeat(512)),
])
const GOOD_NAMES = ['README.md', 'bin/run', 'colony.yaml', 'empty', LONG, 'ümlaut/日本.txt']

describe('a valid archive', () => {
  test('is read with all its files', async () => {
    const outcome = await yard.inspect(gzip(GOOD))
    expect(outcome).toMatchObject({ code: 'ok', files: GOOD_NAMES, contents: { files: 6, size: 549 } })
  })

  test('is unpacked with all its files', async () => {
    const outcome = await yard.inspect(gzip(GOOD))
    if (outcome.code !== 'ok' || !('contents' in outcome)) throw new Error('the good archive was refused')
    const { table: _table, ...contents } = outcome.contents
    expect(await yard.unpack(gzip(GOOD), contents)).toMatchObject({ code: 'ok', files: GOOD_NAMES })
  })

  test("is listed by npm's tar with the same names", () => {
    const names: string[] = []
    const file = yard.file('good.tar', GOOD)
    list({ file, sync: true, strict: true, onReadEntry: (found) => names.push(found.path) })
    expect(names).toEqual(GOOD_NAMES)
  })

  test('may be compressed by any tool, with any time, level and system in the gzip header', async () => {
    const odd = Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 2, 255])
    for (const packed of [gzip(GOOD, { level: 0 }), gzip(GOOD, { level: 9, header: odd })])
      expect((await yard.inspect(packed)).code).toBe('ok')
  })

  test('may contain folders as deep as the longest path', async () => {
    const deep = `${'a/'.repeat(511)}ab`
    expect(await yard.inspect(gzip(tar([longEntry(deep)])))).toMatchObject({ code: 'ok', files: [deep] })
  })
})

describe('paths', () => {
  const climbing = [
    ...['..', '.', '', '/', './', '../', '../x', './x', 'a/..', 'a/.', 'a/./b', 'a/../b', 'a/../../x', './../x'],
    ...['a//b', 'a/', 'a//', '//', '..//x', '.../../x', '../../../../../../../../etc/passwd', 'x/../../../../tmp/x'],
    ...['a/b/../../../sentinel', '../sentinel', '../target/x', '..\\x', '..%2fx\\..', '....//../x', '../\u202ex'],
    ...['a\u0000/../../x', '\u0000', '..\u0000', '. ', '.. /x', '..  ', ' ..', '.../x', 'a/ ./b', '\u200b../x'],
    ...['../\n', '..\r/x', 'a/.. ', '...', 'a/b/.'],
  ]

  test('A01 refuses ../ and every other way to climb in an entry, and writes nothing outside', async () => {
    expect(climbing.length).toBeGreaterThanOrEqual(40)
    for (const name of climbing) await yard.refuses(tar([entry(name, 'x')]), 'ARCHIVE_INVALID', JSON.stringify(name))
  })

  test('A01 refuses ../ and every other way to climb in an extended header', async () => {
    for (const name of climbing) {
      const long = `${name}/${'x'.repeat(120)}`
      await yard.refuses(tar([longEntry(long, 'x')]), 'ARCHIVE_INVALID', JSON.stringify(name))
      await yard.refuses(tar([longEntry(`${'x'.repeat(120)}/${name}`, 'x')]), 'ARCHIVE_INVALID', JSON.stringify(name))
    }
  })

  test('A02 refuses absolute, drive, UNC and device paths', async () => {
    const names = [
      ...['/x', '//x', '///etc/passwd', 'C:x', 'C:/x', 'C:..\\x', 'c:\\x', '\\x', '\\\\srv\\share\\x', '//srv/share/x'],
      ...['\\\\?\\C:\\x', '\\\\.\\pipe\\x', '//?/C:/x', '/dev/null', 'file:///x', 'C:', 'x:y:z', '~/x:'],
    ]
    for (const name of names) await yard.refuses(tar([entry(name, 'x')]), 'ARCHIVE_INVALID', name)
  })

  test('A03 refuses a backslash anywhere', async () => {
    for (const name of ['..\\..\\x', 'a\\b', '\\', 'a\\', 'a/..\\b', 'a\\..\\..\\b'])
      await yard.refuses(tar([entry(name, 'x')]), 'ARCHIVE_INVALID', name)
  })
})

describe('kinds of entries', () => {
  test('A04 refuses a symbolic link, with or without a file written through it', async () => {
    for (const target of ['/etc/passwd', '..', '../..', 'b', '', '/'])
      await yard.refuses(tar([entry('a', '', { type: '2', linkname: target })]), 'ARCHIVE_INVALID', target)
    await yard.refuses(tar([entry('a', '', { type: '2', linkname: '..' }), entry('a/sentinel', 'pwned')]))
    await yard.refuses(tar([entry('a', 'file'), entry('b', '', { type: '2', linkname: 'a' })]))
  })

  test('A05 refuses a hard link, to the outside or to an earlier file', async () => {
    await yard.refuses(tar([entry('a', '', { type: '1', linkname: '../sentinel' })]))
    await yard.refuses(tar([entry('a', '', { type: '1', linkname: '/etc/passwd' })]))
    await yard.refuses(tar([entry('a', 'x'), entry('b', '', { type: '1', linkname: 'a' })]))
    // A file entry with a link name is not canonical either.
    await yard.refuses(tar([entry('a', 'x', { linkname: '../sentinel' })]))
  })

  test('A06 creates the target folder, and writes nothing to an existing one or through a link', async () => {
    using other = new Yard(pool)
    const archive = other.file('good.cpm', gzip(GOOD))
    const elsewhere = path.join(other.root, 'elsewhere')
    const link = path.join(other.root, 'link')
    fs.mkdirSync(elsewhere)
    fs.symlinkSync(elsewhere, link)
    for (const target of [elsewhere, link]) {
      const input = { archive, target, limits: DEFAULT_LIMITS, promised: await truth(GOOD) }
      await expect(pool.run(unpack, input)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    }
    expect(fs.readdirSync(elsewhere)).toEqual([])
  })

  test('A07 accepts only typeflag 0 of all 256, and x only before a long name', async () => {
    const accepted: number[] = []
    for (let type = 0; type < 256; type++) {
      const { code } = await yard.inspect(gzip(tar([entry('a', '', { type })])))
      if (code === 'ok') accepted.push(type)
      else expect(code, `type ${type}`).toBe('ARCHIVE_INVALID')
    }
    expect(accepted).toEqual(['0'.charCodeAt(0)])
    for (const type of ['3', '4', '5', '6', '7', 'D', 'S', 'g', 'V', 'M', 'N', 'X', 'A', 'I', '\0', '?'])
      await yard.refuses(tar([entry('a', 'x'), entry('b', '', { type })]), 'ARCHIVE_INVALID', JSON.stringify(type))
  })

  test('A07 refuses folder entries, and file entries whose name ends with a slash', async () => {
    await yard.refuses(tar([entry('a/', '', { type: '5' }), entry('a/b', 'x')]))
    await yard.refuses(tar([entry('a/'), entry('a/b', 'x')]))
  })

  test('A08 refuses every mode except 0644 and 0755, and every owner, time and device number', async () => {
    const modes = [
      '4755',
      '2755',
      '1755',
      '6777',
      '0777',
      '0666',
      '0600',
      '0444',
      '0555',
      '0700',
      '0000',
      '7777',
      '0645',
    ]
    for (const mode of modes) {
      await yard.refuses(tar([entry('a', 'x', { mode: `000${mode}\0` })]), 'ARCHIVE_INVALID', mode)
    }
    const odd: Fields[] = [
      ...['100644\0', '644\0', '0000644 ', '00000644', ' 000644\0', '\x80\0\0\0\0\0\x01\xa4'].map((mode) => ({
        mode: Buffer.from(mode, 'latin1'),
      })),
      { uid: '0001750\0' },
      { gid: '0001750\0' },
      { mtime: octal(1) },
      { uname: 'root' },
      { gname: 'wheel' },
      { major: '0000001\0' },
      { minor: '0000001\0' },
      { major: '' },
      { rest: 'x' },
      { magic: 'ustar  \0' },
      { magic: '' },
      { checksum: '0000000\0' },
      { checksum: '' },
    ]
    for (const fields of odd)
      await yard.refuses(tar([entry('a', 'x', fields)]), 'ARCHIVE_INVALID', JSON.stringify(fields))
  })

  test('A08 gives files the mode 0444 or 0555, whatever the archive says', async () => {
    using other = new Yard(pool)
    const target = path.join(other.root, 'target')
    const archive = other.file('good.cpm', gzip(GOOD))
    await pool.run(unpack, { archive, target, limits: DEFAULT_LIMITS, promised: await truth(GOOD) })
    const mode = (name: string) => fs.statSync(path.join(target, name)).mode & 0o7777
    // A umask may remove bits for group and others, but not for the owner.
    expect([mode('README.md') & 0o7722, mode('bin/run') & 0o7722]).toEqual([0o400, 0o500])
    expect(mode('bin') & 0o7022).toBe(0)
  })
})

describe('sizes', () => {
  const MiB = 1024 * 1024

  test('A09 stops at the ratio: 300 MiB of zeros in a few hundred KiB', async () => {
    const file = path.join(yard.root, 'bomb.cpm')
    const size = 300 * MiB
    function* bomb() {
      yield header('bomb', { size })
      const zeros = Buffer.alloc(MiB)
      for (let done = 0; done < size; done += MiB) yield zeros
      yield Buffer.alloc(1024)
    }
    await pipeline(Readable.from(bomb()), zlib.createGzip({ level: 1 }), fs.createWriteStream(file))
    expect(fs.statSync(file).size).toBeLessThan(4 * MiB)
    const packed = fs.readFileSync(file)
    expect((await yard.inspect(packed)).code).toBe('ARCHIVE_TOO_LARGE')
    // The reader's limits apply even if an envelope promises the size.
    const tarSize = size + 1536
    expect((await yard.unpack(packed, { tar: { size: tarSize, blake3: blake3('') } })).code).toBe('ARCHIVE_TOO_LARGE')
  })

  test('A09 stops at the promised size, even if the ratio allows more', async () => {
    const archive = tar([entry('a', 'x'.repeat(100_000))])
    const promised = { tar: { size: archive.length - 512, blake3: blake3('') } }
    expect((await yard.unpack(gzip(archive), promised)).code).toBe('ARCHIVE_TOO_LARGE')
  })

  test('A09 stops at the number of files, the packed and the unpacked size', async () => {
    const files = Array.from({ length: 11 }, (_, index) => entry(`f${String(index).padStart(2, '0')}`))
    const packed = gzip(tar(files))
    expect((await yard.inspect(packed, { files: 11 })).code).toBe('ok')
    expect((await yard.inspect(packed, { files: 10 })).code).toBe('ARCHIVE_TOO_LARGE')
    expect((await yard.inspect(packed, { packedBytes: packed.length - 1 })).code).toBe('ARCHIVE_TOO_LARGE')
    expect((await yard.inspect(packed, { unpackedBytes: 13 * 512 })).code).toBe('ok')
    expect((await yard.inspect(packed, { unpackedBytes: 13 * 512 - 1 })).code).toBe('ARCHIVE_TOO_LARGE')
    expect((await yard.unpack(packed, { files: 200_001 })).code).toBe('ARCHIVE_TOO_LARGE')
  })

  test('A09 stops at the number of folders, and at the bytes of all paths together', async () => {
    const packed = gzip(tar([entry('a/b/c'), entry('a/d/e'), entry('f')]))
    expect((await yard.inspect(packed, { folders: 3 })).code).toBe('ok')
    expect((await yard.inspect(packed, { folders: 2 })).code).toBe('ARCHIVE_TOO_LARGE')
    const bytes = 'a' + 'a/b' + 'a/b/c' + 'a/d' + 'a/d/e' + 'f'
    expect((await yard.inspect(packed, { pathBytes: bytes.length })).code).toBe('ok')
    expect((await yard.inspect(packed, { pathBytes: bytes.length - 1 })).code).toBe('ARCHIVE_TOO_LARGE')
  })

  test('A09 treats an archive in an archive like any other file', async () => {
    const inner = gzip(tar([entry('a', Buffer.alloc(100_000))]))
    expect((await yard.inspect(gzip(tar([entry('inner.cpm', inner)])))).code).toBe('ok')
  })

  test('A09 refuses names of 64 KiB, paths over 1024 bytes and segments over 255', async () => {
    for (const name of ['n'.repeat(65_536), 'a/'.repeat(512) + 'ab', `${'s'.repeat(256)}/x`, 'ü'.repeat(128)])
      await yard.refuses(tar([longEntry(name)]), 'ARCHIVE_INVALID', String(name.length))
    await yard.refuses(tar([longEntry('a/'.repeat(50_000))]), 'ARCHIVE_INVALID', '50000 folders')
  })

  test('A10 refuses a size that is wrong or not canonical', async () => {
    const base256 = (...bytes: number[]) => Buffer.from([0x80, ...Array<number>(11 - bytes.length).fill(0), ...bytes])
    const sizes: [string, string | Uint8Array][] = [
      ['minus one', '-0000000001\0'],
      ['minus one in base 256', Buffer.alloc(12, 0xff)],
      ['2^63 in base 256', base256(0x80, 0, 0, 0, 0, 0, 0, 0)],
      ['2^88 in base 256', Buffer.from([0x80, ...Array<number>(11).fill(0xff)])],
      ['one in base 256', base256(1)],
      ['an unknown base', Buffer.from([0x81, ...Array<number>(11).fill(0)])],
      ['the largest octal', '77777777777\0'],
      ['twelve octal digits', '777777777777'],
      ['no terminator', '000000000001'],
      ['spaces', '          1\0'],
      ['few digits', '1\0'],
      ['nothing', ''],
      ['not a number', 'xxxxxxxxxxx\0'],
      ['decimal', '00000000009\0'],
      ['hexadecimal', '0x000000001\0'],
      ['a block too many', octal(513)],
      ['less than there is', octal(0)],
    ]
    for (const [what, size] of sizes) await yard.refuses(tar([entry('a', 'x', { size })]), 'ARCHIVE_INVALID', what)
    for (const mtime of [base256(0x80, 0, 0, 0, 0, 0, 0, 0), Buffer.alloc(12, 0xff)])
      await yard.refuses(tar([entry('a', 'x', { mtime })]), 'ARCHIVE_INVALID', 'mtime')
    for (const uid of [Buffer.alloc(8, 0xff), Buffer.from([0x80, 255, 255, 255, 255, 255, 255, 255])])
      await yard.refuses(tar([entry('a', 'x', { uid })]), 'ARCHIVE_INVALID', 'uid')
  })
})

/** Archives that readers are known to read differently, with the files that their blocks seem to contain. */
const PUZZLES: Record<string, { parts: Buffer[]; meant: string[]; endBlocks?: number }> = {
  'a size in an extended header': {
    parts: [pax(paxRecord('size', '1024')), entry('a', 'x'), entry('b', 'y')],
    meant: ['a', 'b'],
  },
  'an extended size over a hidden entry': {
    parts: [pax(paxRecord('size', '0')), header('a', { size: 1536 }), entry('hidden', 'y'.repeat(512)), padded('z')],
    meant: ['a'],
  },
  "a size on an extended header's own extended header": {
    parts: [pax(paxRecord('size', '2048')), pax(paxRecord('path', 'p'.repeat(120))), entry('p', 'x'), entry('q')],
    meant: ['p'.repeat(120), 'q'],
  },
  'two extended headers': {
    parts: [pax(paxRecord('path', 'a'.repeat(120))), pax(paxRecord('path', 'b'.repeat(120))), entry('c', 'x')],
    meant: ['b'.repeat(120)],
  },
  'an extended header before a canonical one': {
    parts: [pax(paxRecord('path', 'a'.repeat(120))), longEntry('b'.repeat(120), 'x')],
    meant: ['b'.repeat(120)],
  },
  'the same extended header twice': {
    parts: [pax(paxRecord('path', 'b'.repeat(120))), longEntry('b'.repeat(120), 'x')],
    meant: ['b'.repeat(120)],
  },
  'two paths in one extended header': {
    parts: [
      pax(paxRecord('path', 'a'.repeat(120)).toString() + paxRecord('path', 'b'.repeat(120)).toString()),
      entry('c'),
    ],
    meant: ['b'.repeat(120)],
  },
  'another record next to the path': {
    parts: [
      pax(Buffer.concat([paxRecord('path', 'a'.repeat(120)), paxRecord('comment', 'hello')])),
      entry('a'.repeat(99), 'x'),
    ],
    meant: ['a'.repeat(120)],
  },
  'a comment only': { parts: [pax(paxRecord('comment', 'hello')), entry('a', 'x')], meant: ['a'] },
  'a short name in an extended header': { parts: [pax(paxRecord('path', 'short')), entry('a', 'x')], meant: ['short'] },
  'an empty path in an extended header': { parts: [pax(paxRecord('path', '')), entry('a', 'x')], meant: ['a'] },
  'a link path for a file': { parts: [pax(paxRecord('linkpath', '/etc/passwd')), entry('a', 'x')], meant: ['a'] },
  "a vendor's record": { parts: [pax(paxRecord('SCHILY.xattr.user.x', 'y')), entry('a', 'x')], meant: ['a'] },
  'a sparse file by records': {
    parts: [
      pax(Buffer.concat([paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.name', 'real')])),
      entry('a', '0\n'.padEnd(512, '\0')),
    ],
    meant: ['a'],
  },
  'a global header': { parts: [pax(paxRecord('path', 'g'), { type: 'g' }), entry('a', 'x')], meant: ['a'] },
  'an old Solaris header': {
    parts: [pax(paxRecord('path', 'X'.repeat(120)), { type: 'X' }), entry('a')],
    meant: ['a'],
  },
  'a record whose length is too small': { parts: [pax(`12 path=${'a'.repeat(120)}\n`), entry('a', 'x')], meant: ['a'] },
  'a record whose length is too large': {
    parts: [pax(`999 path=${'a'.repeat(120)}\n`), entry('a', 'x')],
    meant: ['a'],
  },
  'a record without its line feed': { parts: [pax(`129 path=${'a'.repeat(120)}`), entry('a', 'x')], meant: ['a'] },
  'a record with a line feed in the path': {
    parts: [longEntry(`${'a'.repeat(60)}\n${'b'.repeat(60)}`)],
    meant: [`${'a'.repeat(60)}\n${'b'.repeat(60)}`],
  },
  'a NUL in an extended path': {
    parts: [longEntry(`${'a'.repeat(60)}\0${'b'.repeat(60)}`)],
    meant: ['a'.repeat(60)],
  },
  'a NUL in a name': { parts: [entry('visible\0hidden', 'x')], meant: ['visible'] },
  "something after the name's end": { parts: [entry(`a${'\0'.repeat(50)}b`, 'x')], meant: ['a'] },
  'a GNU long name': {
    parts: [entry('././@LongLink', `${'l'.repeat(120)}\0`, { type: 'L' }), entry('l'.repeat(99), 'x')],
    meant: ['l'.repeat(120)],
  },
  'a GNU long link': { parts: [entry('././@LongLink', 'target\0', { type: 'K' }), entry('a', 'x')], meant: ['a'] },
  'a prefix': { parts: [entry('name', 'x', { prefix: 'pre/fix' })], meant: ['pre/fix/name'] },
  'a prefix that climbs': { parts: [entry('name', 'x', { prefix: '..' })], meant: ['../name'] },
  'a prefix with the magic of GNU': { parts: [entry('a', 'x', { magic: 'ustar  \0', prefix: 'pre' })], meant: ['a'] },
  'a name of exactly 100 bytes in the header': { parts: [entry('n'.repeat(100), 'x')], meant: ['n'.repeat(100)] },
  'an extended header with another name': {
    parts: [pax(paxRecord('path', 'a'.repeat(120)), {}, 'PaxHeaders.0/a'), entry('a'.repeat(99))],
    meant: ['a'.repeat(120)],
  },
  'a long path over another short name': {
    parts: [pax(paxRecord('path', 'a'.repeat(120))), entry('b'.repeat(99), 'x')],
    meant: ['a'.repeat(120)],
  },
  'an extended header with a mode': {
    parts: [pax(paxRecord('path', 'a'.repeat(120)), { mode: '0000755\0' }), entry('a'.repeat(99))],
    meant: ['a'.repeat(120)],
  },
  'a wrong checksum': { parts: [entry('a', 'x', { checksum: '000001\0 ' })], meant: ['a'] },
  'a signed checksum': { parts: [entry('ü', 'x', { checksum: '006130\0 ' })], meant: ['ü'] },
  'a zero block in the middle': { parts: [entry('a', 'x'), Buffer.alloc(512), entry('b', 'y')], meant: ['a', 'b'] },
  'two zero blocks in the middle': { parts: [entry('a', 'x'), Buffer.alloc(1024), entry('b', 'y')], meant: ['a'] },
  'data in the padding': {
    parts: [header('a', { size: 1 }), Buffer.from('x'.padEnd(512, '!')), entry('b')],
    meant: ['a', 'b'],
  },
  'an extended header at the end': { parts: [entry('a', 'x'), pax(paxRecord('path', 'b'.repeat(120)))], meant: ['a'] },
  'names that are not UTF-8': { parts: [entry(Buffer.from([0x61, 0xff, 0x62]), 'x')], meant: ['a\ufffdb'] },
  'an overlong slash': { parts: [entry(Buffer.from([0x61, 0xc0, 0xaf, 0x62]), 'x')], meant: ['a/b'] },
  'files out of order': { parts: [entry('b', 'x'), entry('a', 'x')], meant: ['b', 'a'] },
}

/** Canonical archives, on which every reader must agree. */
const PLAIN: Record<string, { parts: Buffer[]; meant: string[] }> = {
  'one empty file': { parts: [entry('a')], meant: ['a'] },
  'a name of 99 bytes': { parts: [entry('n'.repeat(99), 'x')], meant: ['n'.repeat(99)] },
  'a name of 100 bytes': { parts: [longEntry('n'.repeat(100), 'x')], meant: ['n'.repeat(100)] },
  'files of all sizes around a block': {
    parts: [0, 1, 511, 512, 513, 1024].map((size, index) => entry(`f${index}`, 'x'.repeat(size))),
    meant: ['f0', 'f1', 'f2', 'f3', 'f4', 'f5'],
  },
  'names with spaces and signs': {
    parts: [entry(' a b', 'x'), entry("!#$%&'()+,;=@[]^`{}~", 'x'), entry('-rf', 'x'), entry('.hidden', 'x')],
    meant: [' a b', "!#$%&'()+,;=@[]^`{}~", '-rf', '.hidden'],
  },
}

describe('archives that readers understand differently', () => {
  const gnu = spawnSync('tar', ['--version'], { encoding: 'utf8' })
  const hasGnu = gnu.status === 0 && gnu.stdout.includes('GNU tar')
  const hasBsd = spawnSync('bsdtar', ['--version']).status === 0
  const hasPython = spawnSync('python3', ['-c', 'import tarfile']).status === 0

  test('A11 refuses pax, GNU and vendor headers that two readers could understand differently', async () => {
    for (const [what, { parts, endBlocks }] of Object.entries(PUZZLES))
      await yard.refuses(tar(parts, endBlocks), 'ARCHIVE_INVALID', what)
  })

  test('A11 accepts canonical archives', async () => {
    for (const [what, { parts, meant }] of Object.entries(PLAIN))
      expect(await yard.inspect(gzip(tar(parts))), what).toMatchObject({ code: 'ok', files: meant })
  })

  const tools = [
    ['GNU tar', hasGnu, 'tar', ['--quoting-style=literal', '--null']],
    ['bsdtar', hasBsd, 'bsdtar', []],
  ] as const
  for (const [tool, isHere, program, options] of tools) {
    test.skipIf(!isHere)(`A11 refuses every archive that ${tool} lists differently`, async () => {
      let differing = 0
      for (const [what, { parts, meant }] of Object.entries({ ...PLAIN, ...PUZZLES })) {
        const bytes = tar(parts)
        const file = yard.file('puzzle.tar', bytes)
        const { status, stdout } = spawnSync(program, [...options, '-tf', file], {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C.UTF-8' },
        })
        const agrees = status === 0 && stdout === meant.map((name) => `${name}\n`).join('')
        if (!agrees) differing++
        if (!agrees) expect((await yard.inspect(gzip(bytes))).code, what).toBe('ARCHIVE_INVALID')
      }
      expect(differing).toBeGreaterThan(5)
    })
  }

  test.skipIf(!hasPython)("A11 refuses every archive that Python's tarfile lists differently", async () => {
    const cases = Object.entries({ ...PLAIN, ...PUZZLES })
    const listings = pythonNames(cases.map(([, { parts }]) => tar(parts)))
    let differing = 0
    for (const [index, [what, { parts, meant }]] of cases.entries()) {
      if (JSON.stringify(listings[index]) === JSON.stringify(meant)) continue
      differing++
      expect((await yard.inspect(gzip(tar(parts)))).code, what).toBe('ARCHIVE_INVALID')
    }
    expect(differing).toBeGreaterThan(5)
  })

  test.skipIf(!hasPython)('A11 agrees with Python on every accepted header with one byte changed', async () => {
    const clean = header('name.txt', { size: 1 })
    const variants: Buffer[] = []
    for (let at = 0; at < 512; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const block = Buffer.from(clean)
        block[at] = (block[at] ?? 0) ^ flip
        if (at < 148 || at >= 156) fixChecksum(block)
        variants.push(tar([block, padded('x')]))
      }
    }
    const listings = pythonNames(variants)
    let accepted = 0
    for (const [index, variant] of variants.entries()) {
      const outcome = await yard.inspect(gzip(variant))
      if (outcome.code === 'ok' && 'files' in outcome) {
        accepted++
        expect(listings[index]).toEqual(outcome.files)
      } else expect(outcome.code).toBe('ARCHIVE_INVALID')
    }
    // Changing a letter of the name, or the size to 9 or 65 bytes in the same block, leaves a canonical header.
    expect(accepted).toBe(8 + 2)
  })

  function pythonNames(archives: readonly Buffer[]): (string[] | null)[] {
    const folder = fs.mkdtempSync(path.join(yard.root, 'python-'))
    archives.forEach((bytes, index) => {
      fs.writeFileSync(path.join(folder, `${index}.tar`), bytes)
    })
    const script = `
import json, sys, tarfile
out = []
for i in range(int(sys.argv[2])):
    try:
        with tarfile.open(f'{sys.argv[1]}/{i}.tar', 'r:') as t:
            out.append([m.name if m.isreg() else m.name + '?' for m in t.getmembers()])
    except Exception:
        out.append(None)
print(json.dumps(out))`
    const args = ['-c', script, folder, String(archives.length)]
    return JSON.parse(execFileSync('python3', args, { encoding: 'utf8', maxBuffer: 2 ** 26 })) as (string[] | null)[]
  }
})

describe('names that clash', () => {
  test('A12 refuses the same path twice, adjacent or not, short or long', async () => {
    await yard.refuses(tar([entry('colony.yaml', 'a'), entry('colony.yaml', 'b')]))
    await yard.refuses(tar([entry('a', 'x'), entry('b', 'x'), entry('a', 'x')]))
    await yard.refuses(tar([longEntry(LONG, 'a'), longEntry(LONG, 'b')]))
  })

  const colliding: [what: string, first: string, second: string][] = [
    ['ß and ss', 'strasse', 'straße'],
    ['ẞ and ß', 'straße', 'straẞe'],
    ['case', 'A.txt', 'a.txt'],
    ['case of a non-ASCII letter', 'É', 'é'],
    ['σ and final ς', 'ὀδυσσεύς', 'ὀδυσσεύσ'],
    ['a ligature', 'office', 'oﬃce'],
    ['µ (micro) and μ (mu)', 'µ', 'μ'],
    ['folders by case', 'Dir/a', 'dir/b'],
    ['folders deep inside by case', 'x/Dir/a', 'x/dir/b'],
    ['a file and a folder by case', 'A', 'a/b'],
  ]
  const impossible: [what: string, name: string][] = [
    ['NFD', 'e\u0301'],
    ['the Kelvin sign', '\u212a'],
    ['the Ångström sign', '\u212b'],
    ['a trailing dot', 'a.'],
    ['a trailing space', 'a '],
    ['a folder with a trailing dot', 'a./b'],
    ['a device', 'CON'],
    ['a device with an extension', 'aux.txt'],
    ['a device in a folder', 'x/com1.log/y'],
    ['a device with a superscript', 'lpt³'],
    ['a device with spaces', 'nul .txt'],
    ['the console', 'conout$'],
    ['an alternate data stream', 'a:b'],
    ["a stream's type", 'a::$DATA'],
    ['a question mark', 'a?'],
    ['a zero-width character', 'a\u200bb'],
    ['a bidi control', 'a\u202eb'],
    ['a control', 'a\u0007b'],
    ['a tab', 'a\tb'],
    ['a line feed', 'a\nb'],
    ['an unassigned code point', 'a\u0378'],
    ['a noncharacter', 'a\u{10ffff}'],
    ['a variation selector', 'a\ufe0f'],
  ]

  test('A13 refuses to unpack names that a file system could confuse', async () => {
    for (const [what, first, second] of colliding) {
      const sorted = [first, second].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      await yard.refuses(tar(sorted.map((name) => entry(name, 'x'))), 'ARCHIVE_INVALID', what)
    }
    await yard.refuses(tar([entry('a', 'x'), entry('a/b', 'x')]), 'ARCHIVE_INVALID', 'a file that is a folder')
    await yard.refuses(
      tar([entry('a', 'x'), entry('a-b', 'x'), entry('a/b', 'x')]),
      'ARCHIVE_INVALID',
      'not next to it',
    )
  })

  test('A13 refuses to unpack names that some file system does not allow', async () => {
    for (const [what, name] of impossible) await yard.refuses(tar([entry(name, 'x')]), 'ARCHIVE_INVALID', what)
  })

  test('A13 refuses to pack these names, and reports them', () => {
    const rules = { files: ['**'], executables: [], allow: [] }
    const pack = (...names: string[]): string => {
      const folder = fs.mkdtempSync(path.join(yard.root, 'pack-'))
      for (const name of ['colony.yaml', ...names]) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        fs.writeFileSync(path.join(folder, name), 'x')
      }
      // This file system can't store both names, so packing can't be tested.
      if (countFiles(folder) !== names.length + 1) return 'PACK_REFUSED by the file system'
      try {
        filesToPack(folder, rules)
        return 'packed'
      } catch (error) {
        expect(error).toBeInstanceOf(CpmError)
        return `${(error as CpmError).code} ${(error as CpmError).message}`
      }
    }
    expect(pack('fine', 'dir/fine')).toBe('packed')
    for (const [what, first, second] of colliding) expect(pack(first, second), what).toMatch(/^PACK_REFUSED/)
    for (const [what, name] of impossible) {
      const said = pack(name)
      expect(said, what).toMatch(/^PACK_REFUSED/)
      expect(said, what).toContain(name)
    }
  })
})

describe('the gzip member', () => {
  test('A14 refuses a second member, empty or not, and anything after the first', async () => {
    const packed = gzip(GOOD)
    const half = GOOD.length / 2
    for (const [what, bytes] of [
      ['the tar twice', Buffer.concat([packed, packed])],
      ['an empty member after it', Buffer.concat([packed, gzip(Buffer.alloc(0))])],
      ['an empty member before it', Buffer.concat([gzip(Buffer.alloc(0)), packed])],
      ['the tar in two members', Buffer.concat([gzip(GOOD.subarray(0, half)), gzip(GOOD.subarray(half))])],
      ['a zero byte', Buffer.concat([packed, Buffer.alloc(1)])],
      ['512 zero bytes', Buffer.concat([packed, Buffer.alloc(512)])],
      ['text', Buffer.concat([packed, Buffer.from('and more')])],
      ['its own trailer again', Buffer.concat([packed, packed.subarray(-8)])],
      ['a byte before it', Buffer.concat([Buffer.alloc(1), packed])],
    ] as const)
      await yard.refusesPacked(bytes, 'ARCHIVE_INVALID', what)
  })

  test('A14 refuses anything after a large archive, which is inflated in pieces', async () => {
    const noise = Buffer.alloc(2 * 1024 * 1024 + 100)
    for (let i = 0, x = 1; i < noise.length; i++) noise[i] = (x = (x * 1103515245 + 12345) % 2 ** 31) >>> 16
    const packed = gzip(tar([entry('noise', noise)]), { level: 0 })
    expect((await yard.inspect(packed)).code).toBe('ok')
    const trailer = packed.subarray(-8)
    const body = packed.subarray(0, -8)
    const toBoundary = 1024 * 1024 * 3 - (body.length - 10)
    for (const garbage of [1, toBoundary, toBoundary + 1, 3 * 1024 * 1024]) {
      const bytes = Buffer.concat([body, Buffer.alloc(garbage, 7), trailer])
      expect((await yard.inspect(bytes)).code, `${garbage} bytes`).toBe('ARCHIVE_INVALID')
    }
    for (const cut of [1, 100, 1024 * 1024])
      expect((await yard.inspect(Buffer.concat([body.subarray(0, -cut), trailer]))).code).toBe('ARCHIVE_INVALID')
    const wrong = gzip(tar([entry('noise', noise)]), { level: 0, crc: 1 })
    expect((await yard.inspect(wrong)).code).toBe('ARCHIVE_INVALID')
  })

  test('A14 refuses every header flag, with or without its field', async () => {
    const fields: [flags: number, extra: string][] = [
      [0x01, ''],
      [0x02, '\0\0'],
      [0x04, '\x04\0abcd'],
      [0x08, 'name.tar\0'],
      [0x10, 'comment\0'],
      [0x20, ''],
      [0x40, ''],
      [0x80, ''],
      [0x1f, '\0\0name\0comment\0\0\0'],
    ]
    for (const [flags, extra] of fields) {
      await yard.refusesPacked(gzip(GOOD, { flags, extra }), 'ARCHIVE_INVALID', `flags ${flags}`)
      await yard.refusesPacked(gzip(GOOD, { flags }), 'ARCHIVE_INVALID', `flags ${flags} alone`)
    }
  })

  test('A14 refuses files that are not gzip', async () => {
    const packed = gzip(GOOD)
    const other = [GOOD, zlib.deflateSync(GOOD), zlib.brotliCompressSync(GOOD), Buffer.alloc(0), Buffer.alloc(18)]
    for (const bytes of other) await yard.refusesPacked(bytes)
    for (const at of [0, 1, 2]) {
      const bytes = Buffer.from(packed)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      await yard.refusesPacked(bytes, 'ARCHIVE_INVALID', `byte ${at}`)
    }
  })
})

describe('truncated and damaged archives', () => {
  test('A15 refuses a tar truncated at any block inside a valid gzip', async () => {
    for (let at = 0; at < GOOD.length; at += 512)
      await yard.refuses(GOOD.subarray(0, at), 'ARCHIVE_INVALID', `cut at ${at}`)
    for (const at of [1, 100, 511, 513, 600, GOOD.length - 1])
      await yard.refuses(GOOD.subarray(0, at), 'ARCHIVE_INVALID', `cut at ${at}`)
  })

  test('A15 refuses an archive file truncated at any byte', async () => {
    const packed = gzip(GOOD)
    for (let at = 0; at < packed.length; at++)
      expect((await yard.inspect(packed.subarray(0, at))).code, `cut at ${at}`).toBe('ARCHIVE_INVALID')
    for (let at = 0; at < packed.length; at += 37) await yard.refusesPacked(packed.subarray(0, at))
  })

  test('A15 refuses a wrong checksum or length at the end of the member', async () => {
    for (const wrong of [{ crc: 0 }, { crc: zlib.crc32(GOOD) ^ 1 }, { length: 0 }, { length: GOOD.length + 1 }])
      await yard.refusesPacked(gzip(GOOD, wrong), 'ARCHIVE_INVALID', JSON.stringify(wrong))
  })

  test('A15 never reads different contents from a file with a byte changed', async () => {
    const packed = gzip(GOOD)
    let refused = 0
    for (let at = 10; at < packed.length; at++) {
      const bytes = Buffer.from(packed)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      const outcome = await yard.inspect(bytes)
      // Deflate can encode the same bytes in several ways.
      if ('contents' in outcome) expect(outcome.contents.tar.blake3, `byte ${at}`).toBe(blake3(GOOD))
      else refused++
      expect(outcome.code, `byte ${at}`).toMatch(/^(ok|ARCHIVE_.*)$/)
    }
    expect(refused).toBeGreaterThan(0.9 * (packed.length - 10))
  })

  test('A15 requires exactly two zero blocks at the end, and at least one file', async () => {
    const parts = [entry('a', 'x')]
    expect((await yard.inspect(gzip(tar(parts)))).code).toBe('ok')
    for (const endBlocks of [0, 1, 3, 4, 20])
      await yard.refuses(tar(parts, endBlocks), 'ARCHIVE_INVALID', `${endBlocks} blocks`)
    await yard.refuses(Buffer.concat([tar(parts), Buffer.alloc(1)]), 'ARCHIVE_INVALID', 'a byte after the end')
    await yard.refuses(Buffer.concat([tar(parts, 1), Buffer.alloc(511), Buffer.from('x')]))
    for (const endBlocks of [0, 1, 2, 3]) await yard.refuses(tar([], endBlocks), 'ARCHIVE_INVALID', 'no file')
  })

  test('A15 closes the current file of an archive that is refused halfway', async () => {
    const cut = gzip(tar([entry('a', 'x'.repeat(10_000))]).subarray(0, 2048))
    await yard.unpack(cut)
    const before = openFiles()
    for (let i = 0; i < 20; i++) expect((await yard.unpack(cut)).code).toBe('ARCHIVE_INVALID')
    expect(openFiles() - before).toBeLessThan(10)
  })
})

describe('promises of the envelope', () => {
  test('A17 refuses an archive that differs from any of them', async () => {
    using other = new Yard(pool)
    const packed = gzip(GOOD)
    const archive = other.file('good.cpm', packed)
    const promised = await truth(GOOD)
    const { contents } = promised
    const tarBlake3 = contents.tar.blake3
    const wrong: [what: string, promised: ExpectedArchive][] = [
      ['size', { ...promised, archive: { ...promised.archive, size: packed.length + 1 } }],
      ['digest', { ...promised, archive: { ...promised.archive, blake3: blake3('other') } }],
      ['tree', { ...promised, contents: { ...contents, tree: blake3('other') } }],
      ['tar', { ...promised, contents: { ...contents, tar: { ...contents.tar, blake3: blake3('other') } } }],
      ['tar size', { ...promised, contents: { ...contents, tar: { size: GOOD.length + 512, blake3: tarBlake3 } } }],
      ['files', { ...promised, contents: { ...contents, files: contents.files + 1 } }],
      ['unpacked size', { ...promised, contents: { ...contents, size: contents.size + 1 } }],
    ]
    for (const [index, [what, lie]] of wrong.entries()) {
      const target = path.join(other.root, `target-${index}`)
      const input = { archive, target, limits: DEFAULT_LIMITS, promised: lie }
      await expect(pool.run(unpack, input), what).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    }
    const target = path.join(other.root, 'target')
    await expect(pool.run(unpack, { archive, target, limits: DEFAULT_LIMITS, promised })).resolves.toBeDefined()
  })

  test('A17 does not inflate a file with the wrong bytes', async () => {
    using other = new Yard(pool)
    const archive = other.file('other.cpm', gzip(tar([entry('a', 'other')])))
    const target = path.join(other.root, 'target')
    const input = { archive, target, limits: DEFAULT_LIMITS, promised: await truth(GOOD) }
    await expect(pool.run(unpack, input)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    expect(fs.readdirSync(target)).toEqual([])
  })
})

/** Returns what an honest envelope promises for a tar compressed with `gzip`. */
async function truth(tarBytes: Buffer): Promise<ExpectedArchive> {
  const packed = gzip(tarBytes)
  const outcome = await yard.inspect(packed)
  if (!('contents' in outcome)) throw new Error(outcome.message)
  const { table: _table, ...contents } = outcome.contents
  return { archive: { size: packed.length, blake3: blake3(packed) }, contents }
}

function fixChecksum(block: Buffer): void {
  block.write('        ', 148, 'latin1')
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

function countFiles(folder: string): number {
  return fs.readdirSync(folder, { withFileTypes: true, recursive: true }).filter((found) => found.isFile()).length
}

/** Counts the open files of the process, which its threads share, or returns 0 if the system doesn't report them. */
function openFiles(): number {
  return fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').length : 0
}
