import { isMap, isScalar, isSeq, Scalar } from 'yaml'
import { MOST_PROBLEMS, type Path, type Problem, type YamlDocument } from './yaml.ts'

/** Longest word or number that readers can disagree on. */
const MAX_LENGTH = 64

/** Numbers with a leading zero, which YAML 1.2 reads as decimal. */
const OCTAL = /^[-+]?0(?=\d*[1-9])(?!0*[1-7]$)\d+$/

export function isReadAsOctal(text: string): boolean {
  return text.length <= MAX_LENGTH && OCTAL.test(text)
}

/**
 * Unquoted values that YAML 1.1 and 1.2 read differently. `y` and `n` are not included: they are usually names, and
 * most YAML 1.1 readers treat them as strings. No message repeats the value, which may be a secret.
 */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    'cpm reads a string here, older YAML readers true or false: put it in quotes, or write true or false',
  ],
  [
    OCTAL,
    'cpm reads a decimal number here, older YAML readers an octal one: drop the zero, write 0o for octal, or put it in quotes',
  ],
  [/^[-+]?0b[01_]+$/, 'cpm reads a string here, older YAML readers a binary number: put it in quotes'],
  [
    /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
    'cpm reads a string here, older YAML readers a number in base 60: put it in quotes',
  ],
  [
    /^[-+]?(?:0x[\da-fA-F]*_[\da-fA-F_]*|(?=[^_]*_)(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][-+]?\d+)?)$/,
    'cpm reads a string here, older YAML readers a number: put it in quotes, or remove the underscores',
  ],
]

/**
 * Returns a problem for each value and key that a YAML 1.1 reader would read differently.
 * @param section the part of the document to check; default: all of it
 */
export function readDifferently(yaml: YamlDocument, section: Path = []): Problem[] {
  const problems: Problem[] = []
  const report = (message: string | undefined, path: Path, key: boolean) => {
    if (message !== undefined) problems.push({ file: yaml.file, ...yaml.locate(path, { key }), message })
  }
  const look = (node: unknown, path: Path): void => {
    // Locating each one takes time, and a hostile file can have hundreds of thousands.
    if (problems.length >= MOST_PROBLEMS) return
    if (isScalar(node)) report(messageFor(node), path, false)
    if (isSeq(node)) for (const [index, item] of node.items.entries()) look(item, [...path, index])
    if (!isMap(node)) return
    for (const { key, value } of node.items) {
      const { value: name } = key as Scalar<string> // readYaml accepts no other keys
      const at = [...path, name]
      report(messageFor(key as Scalar), at, true)
      look(value, at)
    }
  }
  look(section.length === 0 ? yaml.tree().contents : yaml.tree().getIn(section, true), section)
  return problems.slice(0, MOST_PROBLEMS)
}

function messageFor({ type, source = '' }: Scalar): string | undefined {
  if (type !== Scalar.PLAIN || source.length > MAX_LENGTH) return undefined
  return FORMS.find(([form]) => form.test(source))?.[1]
}
