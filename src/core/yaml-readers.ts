import { isMap, isScalar, isSeq, Scalar } from 'yaml'
import { MOST_PROBLEMS, type Path, type Problem, type YamlDocument } from './yaml.ts'

/** How many characters a word or number that readers disagree on has at most: longer texts need no look. */
const MAX_LENGTH = 64

/**
 * What YAML 1.1 and 1.2 read differently when it stands without quotes; of y and n, which are names more often, only YAML 1.1 on paper
 * does so. No message repeats the value, which may be a secret.
 */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    'cpm reads a text here, older readers of YAML true or false: put it in quotes, or write true or false',
  ],
  [
    /^[-+]?0(?=\d*[1-9])(?!0*[1-7]$)\d+$/,
    'cpm reads a decimal number here, older readers of YAML an octal one: drop the zero, write 0o for octal, or put it in quotes',
  ],
  [/^[-+]?0b[01_]+$/, 'cpm reads a text here, older readers of YAML a binary number: put it in quotes'],
  [
    /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
    'cpm reads a text here, older readers of YAML a number to the base of 60: put it in quotes',
  ],
  [
    /^[-+]?(?:0x[\da-fA-F]*_[\da-fA-F_]*|(?=[^_]*_)(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][-+]?\d+)?)$/,
    'cpm reads a text here, older readers of YAML a number: put it in quotes, or leave out the underscores',
  ],
]

/**
 * The values and keys of a document that a reader of YAML 1.1 takes for something else than cpm does, each with its place.
 * @param section where in the document to look; everywhere without it
 */
export function readDifferently(yaml: YamlDocument, section: Path = []): Problem[] {
  const problems: Problem[] = []
  const report = (message: string | undefined, path: Path, key: boolean) => {
    if (message !== undefined) problems.push({ file: yaml.file, ...yaml.locate(path, { key }), message })
  }
  const look = (node: unknown, path: Path): void => {
    // Each is looked up in the text: a hostile file can have hundreds of thousands.
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
  look(section.length === 0 ? yaml.document.contents : yaml.document.getIn(section, true), section)
  return problems.slice(0, MOST_PROBLEMS)
}

function messageFor({ type, source = '' }: Scalar): string | undefined {
  if (type !== Scalar.PLAIN || source.length > MAX_LENGTH) return undefined
  return FORMS.find(([form]) => form.test(source))?.[1]
}
