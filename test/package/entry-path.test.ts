import { describe, expect, test } from 'vitest'
import { isNameCodePoint } from '../../src/package/code-points.ts'
import { compareEntryPaths, entryPathProblem, EntryPaths, foldPath, isEntryPath } from '../../src/package/entry-path.ts'

describe('a path', () => {
  test('may be any name that means the same on every system', () => {
    const fine = [
      ...[
        'a',
        'a/b/c',
        '.hidden',
        '..a',
        'a..b',
        '...a',
        '-rf',
        ' a',
        'a b',
        'README',
        'ü',
        '日本/本',
        '😀',
        'a~',
        '$HOME',
      ],
      ...[
        '%2e%2e',
        'console',
        'com',
        'com10',
        'comx',
        'auxiliary',
        'nul1',
        'lpt',
        'x.con',
        'a.aux',
        '@scope/x',
        '#!',
        '&',
      ],
      ...["it's", 'a,b;c=d', '(x)[y]{z}', '^`', '!', '+', 's'.repeat(255), `${'a/'.repeat(511)}ab`, 'ü'.repeat(127)],
    ]
    for (const path of fine) expect(entryPathProblem(path), path).toBeUndefined()
  })

  test('gets the same answer from the quick check of plain names as from the full one', () => {
    const parts = [
      'a',
      'Z9',
      '.',
      '/',
      'con',
      'CON',
      'nul',
      'com1',
      'com',
      'LPT9',
      'conin$',
      '-',
      '@',
      ' ',
      ':',
      '\n',
      'ü',
    ]
    let paths = parts
    for (let length = 1; length < 4; length++)
      paths = paths.flatMap((path) => [path, ...parts.map((part) => path + part)])
    // A name outside ASCII makes the whole path take the full check.
    const differs = [...new Set(paths)].filter((path) => entryPathProblem(path) !== entryPathProblem(`ü/${path}`))
    expect(differs).toEqual([])
  })

  test('B01 is refused if it climbs, is absolute or has a special meaning on some system', () => {
    const hostile = [
      ...[
        '',
        '.',
        '..',
        '/',
        '//',
        '/a',
        'a/',
        'a//b',
        './a',
        'a/.',
        '../a',
        'a/..',
        'a/../b',
        'a/./b',
        '..\\a',
        'a\\b',
      ],
      ...[
        'C:',
        'C:a',
        'C:\\a',
        '\\\\srv\\a',
        'a:b',
        'a<b',
        'a>b',
        'a|b',
        'a?b',
        'a*b',
        'a"b',
        'a.',
        'a ',
        'a./b',
        'a /b',
      ],
      ...[
        'con',
        'CON',
        'Con.txt',
        'prn',
        'aux.c',
        'nul',
        'NUL.tar.gz',
        'com1',
        'COM9.x',
        'lpt0',
        'com¹',
        'conin$',
        'CONOUT$',
      ],
      ...[
        'nul .txt',
        'a/con/b',
        'a\0',
        '\0',
        'a\nb',
        'a\rb',
        'a\tb',
        'a\x7fb',
        'a\u0085b',
        '\u200b',
        'a\u202eb',
        '\ufeffa',
      ],
      ...[
        'a\u00adb',
        '\u2028',
        '\u061c',
        'e\u0301',
        '\u212a',
        '\u1100\u1161',
        '\ud800',
        'a\udc00',
        '\u{e0041}',
        '\u{10ffff}',
      ],
      ...['\u0378', '\uffff', 'a\ufe0f', '\u3164', '\u{1d173}', 's'.repeat(256), 'ü'.repeat(128)],
      ...['a/'.repeat(512) + 'ab'],
    ]
    for (const path of hostile) expect(isEntryPath(path), JSON.stringify(path).slice(0, 40)).toBe(false)
  })

  test('A01 is refused with a reason that helps the author fix it', () => {
    const reasons: [path: string, reason: string][] = [
      ['a/../b', 'has a .. segment'],
      ['./a', 'has a . segment'],
      ['/a', 'is absolute or has an empty segment'],
      ['a\\b', "contains \\, which some systems don't allow in a file name"],
      ['a.', 'has a segment that ends with a dot or a space'],
      ['con', 'has a segment that is a device name on Windows'],
      ['a\u202eb', 'contains the character U+202E, which is not allowed in a file name'],
      ['e\u0301', 'is not in Unicode normal form C'],
    ]
    for (const [path, reason] of reasons) expect(entryPathProblem(path)).toBe(reason)
  })

  test('D04 is checked in linear time, however long it is', () => {
    for (const path of ['a/'.repeat(500_000), 'con '.repeat(250_000), '\u0301'.repeat(500_000), '.'.repeat(1_000_000)])
      expect(isEntryPath(path)).toBe(false)
  })

  test('may contain the code points that are assigned and visible in Unicode 15.1', () => {
    const refused = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Cn}\p{Default_Ignorable_Code_Point}]/u
    const differing: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code)
      if (isNameCodePoint(code) === refused.test(char)) differing.push(code.toString(16))
    }
    // A runtime with a newer Unicode knows more characters, never fewer.
    for (const code of differing) expect(isNameCodePoint(parseInt(code, 16)), code).toBe(false)
    if (process.versions.unicode === '15.1') expect(differing).toEqual([])
  })
})

describe('paths in one package', () => {
  function clash(...paths: string[]): string | undefined {
    const seen = new EntryPaths()
    for (const path of paths) {
      const problem = seen.add(path)
      if (problem !== undefined) return problem
    }
    return undefined
  }

  test('may share folders', () => {
    expect(clash('a/b', 'a/c', 'a/d/e', 'b', 'a.b', 'a-b', 'constructor', '__proto__/x', '__proto__/y')).toBeUndefined()
  })

  test('A12 A13 may not be equal, equal after folding, or both a file and a folder', () => {
    const pairs: [string, string, RegExp][] = [
      ['a', 'a', /twice/],
      ['a/b', 'a/b', /twice/],
      ['a', 'A', /ignore case/],
      ['A/x', 'a/y', /ignore case/],
      ['x/A/y', 'x/a/z', /ignore case/],
      ['a', 'a/b', /folder/],
      ['a/b', 'a', /folder/],
      ['A', 'a/b', /ignore case/],
      ['straße', 'STRASSE', /ignore case/],
      ['ς', 'σ', /ignore case/],
      ['ſ', 's', /ignore case/],
      ['ı', 'i', /ignore case/],
      ['ﬀ', 'ff', /ignore case/],
      ['ǅ', 'ǆ', /ignore case/],
      ['Ꭰ', 'ꭰ', /ignore case/],
      ['𐐀', '𐐨', /ignore case/],
    ]
    for (const [first, second, problem] of pairs) {
      expect(clash(first, second), `${first} ${second}`).toMatch(problem)
      expect(clash(second, first), `${second} ${first}`).toMatch(problem)
    }
  })

  test('A13 fold each character like its upper and lower case', () => {
    const wrong: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      if (!isNameCodePoint(code)) continue
      const char = String.fromCodePoint(code)
      const forms = [char.toUpperCase(), char.toLowerCase(), foldPath(char)].map((form) => form.normalize('NFC'))
      for (const form of forms) if (foldPath(form) !== foldPath(char.normalize('NFC'))) wrong.push(`${char} ${form}`)
    }
    expect(wrong).toEqual([])
  })

  test('A13 fold the same in every locale', () => {
    expect(foldPath('TITLE')).toBe('title')
    expect(foldPath('İ')).toBe(foldPath('i̇'))
  })
})

describe('the order of paths', () => {
  test('follows their UTF-8 bytes, not UTF-16 or a locale', () => {
    const sorted = ['-', '.a', 'A', 'Z', 'a', 'a-b', 'a.b', 'a/b', 'ab', 'z', 'ä', 'ü', '日', '\uffee', '😀']
    const shuffled = [...sorted].reverse()
    expect(shuffled.sort(compareEntryPaths)).toEqual(sorted)
    const bytes = [...sorted].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(sorted).toEqual(bytes)
    expect(compareEntryPaths('a', 'a')).toBe(0)
    expect(compareEntryPaths('ü', 'ü')).toBe(0)
  })
})
