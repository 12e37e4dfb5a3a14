#!/usr/bin/env node
// Counts the words of one text.
import { readFileSync, writeFileSync } from 'node:fs'

const { args } = JSON.parse(readFileSync(0, 'utf8'))
const words = args[0].split(/\s+/).filter(Boolean).length
console.log(`${args[0]}: ${words}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([words]))
