// Counts the words of a file: node count.mjs FILE
import { readFileSync } from 'node:fs'

const words =
  readFileSync(process.argv[2], 'utf8')
    .toLowerCase()
    .match(/\p{L}+/gu) ?? []
const counts = new Map()
for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
const [word, times] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0])
console.log(`${words.length} words, most often ${word}: ${times}`)
