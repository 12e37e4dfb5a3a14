import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readIfThere } from '../../src/core/atomic-file.ts'
import { readUserFile, readUserText, writeUserFile } from '../../src/core/user-files.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-files-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})
const at = (name: string) => path.join(folder, name)
const hasDevices = process.platform !== 'win32'

describe('reading', () => {
  test('follows links to a file', () => {
    fs.writeFileSync(at('a'), 'text')
    fs.symlinkSync(at('a'), at('link'))
    expect(readUserText(at('link'))).toBe('text')
  })

  test('refuses a file that is too large, a folder, and a missing file', () => {
    fs.writeFileSync(at('a'), 'x'.repeat(2049))
    expect(() => readUserFile(at('a'), 2048)).toThrow(`cannot read ${at('a')}: it is larger than 2 KiB`)
    expect(() => readUserFile(folder)).toThrow('it is a folder')
    expect(() => readUserFile(at('nothing'))).toThrow('ENOENT')
  })

  test.runIf(hasDevices)('refuses devices and pipes, which may never end', () => {
    fs.symlinkSync('/dev/zero', at('zero'))
    execFileSync('mkfifo', [at('pipe')])
    for (const name of ['zero', 'pipe']) {
      expect(() => readUserFile(at(name))).toThrow('it is not a regular file')
      expect(() => readIfThere(at(name))).toThrow('it is not a regular file')
    }
  })
})

describe('writing', () => {
  test('creates a file, or replaces one and keeps its mode', () => {
    writeUserFile(at('a'), 'one')
    fs.chmodSync(at('a'), 0o600)
    writeUserFile(at('a'), 'two')
    expect(fs.readFileSync(at('a'), 'utf8')).toBe('two')
    expect(fs.statSync(at('a')).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(folder)).toEqual(['a'])
  })

  test('writes to the file that a link leads to', () => {
    fs.writeFileSync(at('a'), 'one')
    fs.symlinkSync(at('a'), at('link'))
    writeUserFile(at('link'), 'two')
    expect(fs.readFileSync(at('a'), 'utf8')).toBe('two')
    expect(fs.lstatSync(at('link')).isSymbolicLink()).toBe(true)
  })

  test('does not create folders', () => {
    expect(() => {
      writeUserFile(at('none/a'), 'one')
    }).toThrow(`the folder ${at('none')} does not exist`)
    expect(() => {
      writeUserFile(folder, 'one')
    }).toThrow('EISDIR')
  })

  test.runIf(hasDevices)('writes into a pipe without replacing it', () => {
    execFileSync('mkfifo', [at('pipe')])
    const reader = fs.openSync(at('pipe'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    writeUserFile(at('pipe'), 'through')
    expect(fs.readFileSync(reader, 'utf8')).toBe('through')
    fs.closeSync(reader)
    expect(fs.lstatSync(at('pipe')).isFIFO()).toBe(true)
  })
})
