/** What the parser of YAML finds, by its code, in words that say what to do. */
const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias can have neither anchor nor tag',
  BAD_ALIAS: 'a text that begins with * must stand in quotes',
  BAD_DIRECTIVE: 'a line that begins with % is not accepted: put a text in quotes',
  BAD_DQ_ESCAPE: 'a backslash sequence that YAML does not have: double the backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: "a text can't begin with this character: put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a map or list can't begin here: put it on a line of its own, or put the text in quotes",
  BLOCK_IN_FLOW: "lines with - or key: can't stand within brackets",
  DUPLICATE_KEY: 'the key stands here again',
  IMPOSSIBLE: "this can't be read as YAML",
  KEY_OVER_1024_CHARS: "a key can't be longer than 1024 characters",
  MISSING_CHAR: 'a sign is missing: look for a quote, bracket or colon that is not closed or left out',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, with a colon and a space behind it',
  MULTIPLE_ANCHORS: "a value can't have two anchors",
  MULTIPLE_DOCS: 'a second document begins here: one a file',
  MULTIPLE_TAGS: "a value can't have two tags",
  NON_STRING_KEY: 'a key must be a text: put it in quotes',
  TAB_AS_INDENT: "a tab can't indent: use spaces",
  UNEXPECTED_TOKEN: "this can't stand here: put a text with special characters in quotes",
}

export function yamlProblem({ code, message }: { code: string; message: string }): string {
  // One code stands for two slips, which only the parser's text tells apart.
  if (code === 'BAD_INDENT' && message.startsWith('Flow '))
    return 'a bracket opens here and is not closed, or the lines within it are not indented'
  return WORDS[code] ?? "this can't be read as YAML"
}
