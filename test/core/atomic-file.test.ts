import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  isThere,
  makeFolders,
  namesIn,
  readIfThere,
  readTextIfThere,
  writeFileAtomic,
  writeFileDurable,
} from '../../src/core/atomic-file.ts'
import { nameAfterNobody, nameAfterProcess } from '../../src/core/process-identity.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-atomic-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})
const at = (...names: string[]) => path.join(folder, ...names)

describe('making folders', () => {
  test('works while another process makes the same folders', () => {
    const mkdir = fs.mkdirSync
    // Simulates another process that makes the parent right after our failed attempt, or the folder right before it.
    for (const [name, when, what] of [
      ['parent', 'after', ['parent']],
      ['child', 'before', ['child', 'deep']],
    ] as const) {
      let others = 0
      const spy = vi.spyOn(fs, 'mkdirSync').mockImplementation((target, options) => {
        const isFirst = target === at(name, 'deep') && others++ === 0
        if (when === 'before' && target === at(name)) mkdir(at(...what), { recursive: true })
        try {
          return mkdir(target, options)
        } finally {
          if (when === 'after' && isFirst) mkdir(at(...what))
        }
      })
      try {
        makeFolders(at(name, 'deep'))
      } finally {
        spy.mockRestore()
      }
      expect(fs.statSync(at(name, 'deep')).isDirectory(), name).toBe(true)
    }
  })

  test('fails where a file is in the way', () => {
    fs.writeFileSync(at('file'), '')
    expect(() => {
      makeFolders(at('file'))
    }).toThrow(/EEXIST/)
    expect(() => {
      makeFolders(at('file', 'below'))
    }).toThrow(/ENOTDIR/)
    if (process.platform === 'linux')
      expect(() => {
        makeFolders('/proc/cpm/deep')
      }).toThrow(/ENOENT/)
  })
})

describe('writing a file atomically', () => {
  test('creates it with its folders, or replaces it, and leaves no temporary file', () => {
    for (const durable of [true, false]) {
      const file = at(String(durable), 'deep', 'file')
      writeFileAtomic(file, 'one', { durable })
      writeFileAtomic(file, Buffer.from('two'), { durable })
      expect(fs.readFileSync(file, 'utf8')).toBe('two')
      expect(fs.readdirSync(path.dirname(file))).toEqual(['file'])
    }
  })

  test.skipIf(process.platform === 'win32')('creates it with the requested mode', () => {
    fs.writeFileSync(at('secret'), 'old', { mode: 0o644 })
    writeFileAtomic(at('secret'), 'new', { mode: 0o600 })
    expect(fs.statSync(at('secret')).mode & 0o777).toBe(0o600)
  })

  test('B06 replaces a link instead of following it', () => {
    fs.writeFileSync(at('elsewhere'), 'untouched')
    fs.symlinkSync(at('elsewhere'), at('link'))
    fs.symlinkSync(at('made'), at('dangling'))
    writeFileAtomic(at('link'), 'new')
    writeFileAtomic(at('dangling'), 'new')
    expect(fs.readFileSync(at('elsewhere'), 'utf8')).toBe('untouched')
    expect(isThere(at('made'))).toBe(false)
    expect([fs.lstatSync(at('link')).isFile(), fs.lstatSync(at('dangling')).isFile()]).toEqual([true, true])
  })

  test('a reader sees either the old contents or the new ones', () => {
    const file = at('file')
    const [old, next] = ['a', 'b'].map((letter) => letter.repeat(1_000_000)) as [string, string]
    writeFileAtomic(file, old)
    const fd = fs.openSync(file, 'r')
    writeFileAtomic(file, next)
    expect(fs.readFileSync(fd, 'utf8') === old).toBe(true)
    fs.closeSync(fd)
    expect(fs.readFileSync(file, 'utf8') === next).toBe(true)
  })

  test('keeps the old file and leaves no temporary one when it fails', () => {
    fs.mkdirSync(at('folder'))
    fs.writeFileSync(at('folder', 'inside'), '')
    expect(() => {
      writeFileAtomic(at('folder'), 'x')
    }).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }))
    fs.writeFileSync(at('file'), 'old')
    expect(() => {
      writeFileAtomic(at('file', 'below'), 'x')
    }).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }))
    expect(fs.readFileSync(at('file'), 'utf8')).toBe('old')
    expect(fs.readdirSync(folder).sort()).toEqual(['file', 'folder'])
  })

  test('removes what killed processes left of the same file, and nothing else', () => {
    const long = new Date(Date.now() - 48 * 3_600_000)
    const leave = (maker: string, { of = 'file', at: time }: { of?: string; at?: Date } = {}) => {
      const name = `${of}.${maker}.tmp`
      fs.writeFileSync(at(name), 'half')
      if (time) fs.utimesSync(at(name), time, time)
      return name
    }
    leave(nameAfterNobody('00'))
    leave('00000000-1-1-0', { at: long })
    const kept = [
      leave('00000000-1-1-1'),
      leave(nameAfterProcess('00'), { at: long }),
      leave(nameAfterNobody('00'), { of: 'other' }),
      leave('mine', { at: long }),
    ]
    for (const durable of [true, false]) {
      writeFileAtomic(at('file'), 'new', { durable })
      expect(fs.readdirSync(folder).sort()).toEqual(['file', ...kept].sort())
    }
  })

  test('a durable write does not touch an existing file', () => {
    writeFileDurable(at('new'), 'one')
    expect(() => {
      writeFileDurable(at('new'), 'two')
    }).toThrow()
    expect(fs.readFileSync(at('new'), 'utf8')).toBe('one')
  })
})

describe('reading a file that may not exist', () => {
  test('returns its contents, or undefined', () => {
    fs.writeFileSync(at('file'), 'ü')
    expect(readTextIfThere(at('file'))).toBe('ü')
    expect(readIfThere(at('file'))).toEqual(Buffer.from('ü'))
    for (const missing of [at('none'), at('none', 'below'), at('file', 'below')])
      expect(readTextIfThere(missing)).toBeUndefined()
  })

  test("fails if the path exists but can't be read", () => {
    expect(() => readIfThere(folder)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
    fs.symlinkSync('loop', at('loop'))
    expect(() => readIfThere(at('loop'))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
  })

  test('counts a dangling link as existing', () => {
    fs.symlinkSync('nowhere', at('dangling'))
    expect([isThere(at('dangling')), isThere(at('none')), isThere(folder)]).toEqual([true, false, true])
  })

  test('lists names sorted by code units, and none for a missing folder', () => {
    for (const name of ['b', 'B', 'ä', 'a', '10', '9']) fs.writeFileSync(at(name), '')
    expect(namesIn(folder)).toEqual(['10', '9', 'B', 'a', 'b', 'ä'])
    expect(namesIn(at('none'))).toEqual([])
    expect(() => namesIn(at('a'))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
  })
})
