/** Messages for the YAML parser's error codes that say what to do. */
const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias can have neither anchor nor tag',
  BAD_ALIAS: 'put strings that start with * in quotes',
  BAD_DIRECTIVE: 'put strings that start with % in quotes',
  BAD_DQ_ESCAPE: 'unknown escape sequence: double the backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not match the lines above',
  BAD_PROP_ORDER: 'an anchor or tag is in the wrong place',
  BAD_SCALAR_START: "a string can't start with this character: put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a map or list can't start here: put it on a separate line, or put the string in quotes",
  BLOCK_IN_FLOW: "lines with - or key: can't be inside brackets",
  DUPLICATE_KEY: 'duplicate key',
  IMPOSSIBLE: "this can't be read as YAML",
  KEY_OVER_1024_CHARS: "a key can't be longer than 1024 characters",
  MISSING_CHAR: 'a character is missing: look for a missing colon, or a quote or bracket that is not closed',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line, followed by a colon and a space',
  MULTIPLE_ANCHORS: "a value can't have two anchors",
  MULTIPLE_DOCS: 'a second document starts here: use one file per document',
  MULTIPLE_TAGS: "a value can't have two tags",
  NON_STRING_KEY: 'a key must be a string: put it in quotes',
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  UNEXPECTED_TOKEN: 'unexpected character: put strings with special characters in quotes',
}

export function yamlProblem({ code, message }: { code: string; message: string }): string {
  // The code covers two mistakes, which only the parser's message distinguishes.
  if (code === 'BAD_INDENT' && message.startsWith('Flow '))
    return 'this bracket is not closed, or the lines inside it are not indented'
  return WORDS[code] ?? "this can't be read as YAML"
}
