import { expect, test } from 'vitest'
import { isScript, scriptLine } from '../../src/package/script-line.ts'

test.each([
  ['#!/bin/sh\necho', { interpreter: '/bin/sh', argument: '' }],
  ['#! /usr/bin/env -S node --x\n', { interpreter: '/usr/bin/env', argument: '-S node --x' }],
  ['#!/bin/sh', { interpreter: '/bin/sh' }],
  ['#!/bin/sh\r\n', { interpreter: '/bin/sh\r', endsWithReturn: true }],
  ['#!/bin/sh\r', { interpreter: '/bin/sh\r', endsWithReturn: true }],
  ['#!/bin/sh -e\r\n', { interpreter: '/bin/sh', argument: '-e\r', endsWithReturn: true }],
  ['\ufeff#!/bin/sh\n', { interpreter: '/bin/sh', hasByteOrderMark: true, endsWithReturn: false }],
  ['#!/opt/ä/sh\n', { interpreter: '/opt/ä/sh' }],
])('reads the first line of %j', (text, line) => {
  expect(scriptLine(Buffer.from(text))).toMatchObject(line)
})

test.each([
  ['nothing', ''],
  ['an attribute of Rust', '#![allow(dead_code)]\r\n'],
  ['an interpreter without a path', '#!sh\n'],
  ['a #! on another line', '\n#!/bin/sh\n'],
  ['a line that is longer than what was read', `#!/${'x'.repeat(509)}`],
])('finds no interpreter in %s', (_what, text) => {
  expect(scriptLine(Buffer.from(text))).toBeUndefined()
})

test('takes a file for a script by its first two bytes', () => {
  expect(['#!/bin/sh', '#!', '\ufeff#!/bin/sh', '#', ''].map((text) => isScript(Buffer.from(text)))).toEqual([true, true, false, false, false]) // prettier-ignore
})
