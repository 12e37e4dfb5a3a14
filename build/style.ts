/**
 * `npm run lint`: finds phrases that no native writer would use and that this project once contained. cspell checks the
 * spelling of words (cspell.json).
 */
import fs from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Phrases and what to write instead. They match anywhere in a line, in any case. */
const RULES: readonly [phrase: RegExp, instead: string][] = [
  [/\b(?<!there )(?:is|are) no (?!longer|more|such|other|need|different)(?:\w+ )?(?:that|of)\b/, 'is not a …'],
  [/\b(?:is|are|was|were) said of\b/, 'apply to, is the status of'],
  [/\b(?:that|what|which) (?:is|was|are) meant\b/, 'name the thing'],
  [/\bhung on\b|\bhangs on\b/, 'depends on'],
  [/\b(?:is|are|was|were|be) told\b/, 'is reported, is printed'],
  [/\bgoes? with the rest\b/, 'is compatible with the others'],
  [/\bof use for\b/, 'useful for'],
  [/\bhas no say\b/, 'is ignored'],
  [/\bto be had\b|\bcan(?:'t| not|) be had\b/, 'available'],
  [/\bspeaks? of\b/, 'mentions, describes'],
  [/\bmust be a text\b|\bis a text\b/, 'a string'],
  [/\bwhoever\b/, 'name the person, or anyone who'],
  [/\bfor ever\b/, 'forever'],
  [/\bgo(?:es)? on with\b/, 'continue'],
  [/\banew\b|\bonce more\b/, 'again'],
  [/\bone that is none\b/, 'name the thing'],
  [/\bbelongs? together\b/, 'must be used together'],
  [/\bnothing says\b/, 'say what is missing'],
  [/’|‘|“|”/, 'ASCII quotes: \' and "'],
]

const FOLDERS = ['src', 'server', 'test', 'build', 'bench', 'bin', 'docs', 'examples']
const READ = /\.(?:md|tsx?|mjs|js|ya?ml)$/

/** Lists the files to check, as paths relative to the root, except this one, which quotes the phrases. */
function readFiles(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  return [...fs.readdirSync(ROOT), ...inFolders].filter((file) => READ.test(file) && file !== 'build/style.ts')
}

for (const file of readFiles()) {
  const lines = fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    for (const [phrase, instead] of RULES) {
      const found = new RegExp(phrase, 'i').exec(line)
      if (!found) continue
      console.error(`${file}:${index + 1}:${found.index + 1}: "${found[0]}": write: ${instead}`)
      process.exitCode = 1
    }
  }
}
