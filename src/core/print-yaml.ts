import { type Document, Scalar, type ToStringOptions, visit } from 'yaml'

/**
 * Prints a document so that every YAML 1.1 or 1.2 reader sees the same strings. Strings that were read from a file keep
 * their quotes, or lack of them.
 */
export function printYaml(document: Document, options: ToStringOptions = {}): string {
  visit(document, {
    // Keys that were set after reading are plain strings, which the visitor would skip.
    Pair: (_, pair) => {
      if (typeof pair.key === 'string') pair.key = new Scalar(pair.key)
    },
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return
      const isNew = !node.range
      if (hasUnprintable(node.value) || (isNew && isReadOtherwise(node.value))) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  // The library prints these characters raw. They occur only in double quotes, where an escape means the same.
  return document.toString({ lineWidth: 0, ...options }).replace(UNPRINTABLE, escape)
}

/**
 * Strings that a YAML 1.1 or 1.2 parser takes for a boolean, null, number, date or merge key unless they are quoted.
 * No form can match the same digits in two ways: strings of megabytes are tested.
 */
const READ_OTHERWISE = [
  /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i,
  /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|\d[\d_,]*)$/i,
  /^[-+]?(?:\d[\d_,]*(?:\.[\d_]*)?|\.[\d_]+)(?:e[-+]?\d+)?$/i,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
  /^[-+]?\.(?:inf|nan)$/i,
  /^\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?$/,
]

export function isReadOtherwise(text: string): boolean {
  return READ_OTHERWISE.some((form) => form.test(text))
}

/** Line breaks of YAML 1.1, byte order marks, and characters that a YAML document can't contain unescaped. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g

function hasUnprintable(text: string): boolean {
  return text.search(UNPRINTABLE) >= 0
}

const SHORT_ESCAPES = new Map([
  ['\x85', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
])

function escape(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase()
  return SHORT_ESCAPES.get(character) ?? (code.length <= 2 ? `\\x${code}` : `\\u${code}`)
}
