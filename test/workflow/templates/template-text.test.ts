import { expect, test } from 'vitest'
import { scanText } from '../../../src/workflow/templates/template-text.ts'

/** The parts in short form: text as a string, an expression in an array. */
function pieces(text: string): unknown {
  const { parts, problem } = scanText(text)
  return parts?.map((part) => (part.kind === 'text' ? part.text : [part.source])) ?? problem?.message
}

test.each([
  ['', ['']],
  ['plain } { $ $x', ['plain } { $ $x']],
  ['${a}', [['a']]],
  ['x ${a}-${b} y', ['x ', ['a'], '-', ['b'], ' y']],
  ['$${a} ${b}', ['${a} ', ['b']]],
  ['$$$${a}', ['$$${a}']],
  ['$ {a}', ['$ {a}']],
])('splits %j', (text, expected) => {
  expect(pieces(text)).toEqual(expected)
})

test.each([
  '{"a": {"b": 1}}.a.b',
  '"}" + "{"',
  "'}'",
  '"\\"}"',
  '"""}"}"""',
  "'''}'}'''",
  'r"\\}"',
  '"" + "}"',
  'a // }\n + b',
  '"${x}"',
])('finds the end of %j', (source) => {
  expect(pieces(`<\${${source}}>`)).toEqual(['<', [source], '>'])
})

test.each(['${', '${a', 'x ${"}', '${{}', '${a // }', "${'''}'}"])('reports that %j is not closed', (text) => {
  expect(pieces(text)).toContain('not closed')
})
