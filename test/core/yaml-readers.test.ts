import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readYaml } from '../../src/core/yaml.ts'
import { readDifferently } from '../../src/core/yaml-readers.ts'

/** Returns the warnings, as `line:column first words`. */
function told(text: string, section?: readonly string[]): string[] {
  const { yaml } = readYaml('x.yaml', text)
  if (!yaml) throw new Error('not YAML')
  return readDifferently(yaml, section).map(({ line, column, message }) => `${line}:${column} ${message}`)
}

test.each([
  ['0755', 'a decimal number here, older YAML readers an octal one'],
  ['010', 'a decimal number here'],
  ['-0070', 'a decimal number here'],
  ['089', 'a decimal number here'],
  ['0_7', 'a string here, older YAML readers a number:'],
  ['1_000', 'a string here, older YAML readers a number:'],
  ['1_0.5', 'a string here, older YAML readers a number:'],
  ['0xf_f', 'a string here, older YAML readers a number:'],
  ['0b11', 'a string here, older YAML readers a binary number'],
  ['12:30:45', 'a string here, older YAML readers a number in base 60'],
  ['22:22', 'a string here, older YAML readers a number in base 60'],
  ...['yes', 'No', 'ON', 'off'].map((word) => [word, 'a string here, older YAML readers true or false']),
])('%s is read differently by older YAML readers', (value, expected) => {
  expect(told(`a: ${value}\nb: [x, ${value}]\n`)).toEqual([
    expect.stringContaining(`1:4 cpm reads ${expected}`),
    expect.stringContaining(`2:8 cpm reads ${expected}`),
  ])
  if (value !== '089') expect(parse(value, { version: '1.1' })).not.toEqual(parse(value))
  expect(told(`a: "${value}"\nb: '${value}'\nc: |\n  ${value}\n`)).toEqual([])
})

test.each(
  [
    ...['0', '0.5', '755', '0x1f', '-1', '07', '-007', '1e3', '1.5', '.5', '10.0.0.1', '1.2.3'],
    ...['true', 'null', '~', 'yess', 'only', 'no way', 'a_b', '_1', '8080:80', 'a:30', '12:60', '0.0.1', '00'],
  ].map((value) => [value]),
)('%s is read the same everywhere', (value) => {
  expect(told(`a: ${value}\n`)).toEqual([])
  expect(parse(value, { version: '1.1' })).toEqual(parse(value))
})

test.each(['0o755', '2024-01-01'])(
  '%s gets no warning, because cpm suggests the form or dates are strings',
  (value) => {
    expect(told(`a: ${value}\n`)).toEqual([])
  },
)

test('keys are checked too, and only the requested section', () => {
  const text = 'on: 1\nx: 1\ny: 2\ninner: { off: no, 1_0: 1 }\n'
  expect(told(text).map((line) => line.split(' ')[0])).toEqual(['1:1', '4:10', '4:15', '4:19'])
  expect(told(text, ['inner']).map((line) => line.split(' ')[0])).toEqual(['4:10', '4:15', '4:19'])
  expect(told(text, ['nowhere'])).toEqual([])
})

test('a file gets at most a hundred warnings, and none repeats a value', () => {
  const lines = told('- 0755\n'.repeat(5000))
  expect(lines).toHaveLength(100)
  expect(lines.join('')).not.toContain('755')
})
