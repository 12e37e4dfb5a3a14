#!/usr/bin/env node
// Lists the outputs of its parents, which arrive concatenated in the order of `dependencies`.
import { readFileSync, writeFileSync } from 'node:fs'

const { kwargs, in: thumbnails } = JSON.parse(readFileSync(0, 'utf8'))
console.log(kwargs.title)
for (const { file, edge } of thumbnails) console.log(`${edge} x ${edge}  ${file}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(thumbnails))
