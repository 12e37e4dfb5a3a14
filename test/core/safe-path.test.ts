import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSafeRelative, requireRealFolder, safeJoin } from '../../src/core/safe-path.ts'

const ROOT = path.resolve('/srv/root')

describe('joining names to a folder', () => {
  test('returns paths below it, for one name or several', () => {
    expect(safeJoin(ROOT)).toBe(ROOT)
    for (const name of [
      'a',
      'a/b/c',
      '@org/name',
      '.hidden',
      '..a',
      'a..b',
      '...',
      'a b',
      'ü',
      '-rf',
      '%2e%2e',
      '~',
      '$HOME',
    ])
      expect(safeJoin(ROOT, name), name).toBe(path.join(ROOT, ...name.split('/')))
    expect(safeJoin(ROOT, 'a', 'b/c')).toBe(path.join(ROOT, 'a', 'b', 'c'))
  })

  test('B01 refuses anything that could lead out, in any position', () => {
    const hostile = [
      ...[
        '',
        '.',
        '..',
        '/',
        '//',
        './',
        '../',
        '/a',
        '//a',
        'a/',
        'a//b',
        './a',
        'a/.',
        'a/./b',
        '../a',
        'a/..',
        'a/../b',
      ],
      ...[
        'a/../../b',
        '../../../../etc/passwd',
        'a/b/../../..',
        '..\\a',
        'a\\b',
        '\\',
        '\\\\srv\\share',
        '\\\\?\\C:\\a',
      ],
      ...[
        'C:',
        'C:a',
        'C:/a',
        'C:\\a',
        'a:b',
        'file:///a',
        'a\0',
        '\0',
        'a\0/../b',
        '/etc/passwd',
        '/./a',
        './/a',
        'a/..//b',
      ],
      ...['..\\..\\a', './..', '../.'],
    ]
    expect(hostile.length).toBeGreaterThanOrEqual(40)
    for (const text of hostile) {
      expect(isSafeRelative(text), JSON.stringify(text)).toBe(false)
      for (const segments of [[text], ['fine', text], [text, 'fine'], ['a', text, 'b']])
        expect(() => safeJoin(ROOT, ...segments)).toThrow(expect.objectContaining({ code: 'PROJECT_UNSAFE' }))
    }
  })

  test('accepts only paths that stay below the folder', () => {
    const parts = ['a', '..', '.', '', '\\', 'C:', '...', ' ', '~', '..a']
    for (const one of parts)
      for (const two of parts)
        for (const three of parts) {
          const text = [one, two, three].join('/')
          if (isSafeRelative(text)) expect(safeJoin(ROOT, text).startsWith(ROOT + path.sep), text).toBe(true)
        }
  })
})

describe('a folder to write in', () => {
  test('must be a real folder, or not exist yet', () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-safe-'))
    try {
      const real = path.join(place, 'real')
      fs.mkdirSync(real)
      expect(() => {
        requireRealFolder(real)
      }).not.toThrow()
      expect(() => {
        requireRealFolder(path.join(place, 'none'))
      }).not.toThrow()
      fs.symlinkSync(real, path.join(place, 'link'))
      fs.symlinkSync('nowhere', path.join(place, 'dangling'))
      fs.writeFileSync(path.join(place, 'file'), '')
      for (const name of ['link', 'dangling', 'file'])
        expect(() => {
          requireRealFolder(path.join(place, name))
        }, name).toThrow(expect.objectContaining({ code: 'PROJECT_UNSAFE' }))
    } finally {
      fs.rmSync(place, { recursive: true })
    }
  })
})
