'use strict'
// Storage: one file of JSON lines that only grows, replayed at start. Lines of many requests are written and synced
// together: while one batch is on its way to the disk the next one collects.

const fs = require('node:fs')
const path = require('node:path')

class Ledger {
  static open (folder) {
    const file = path.join(folder, 'ledger.jsonl')
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1) // a line that a crash cut short was never answered
    if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole))
    return new Ledger(fs.openSync(file, 'a'), whole.split('\n').filter(Boolean).map(line => JSON.parse(line)))
  }

  constructor (fd, past) {
    this.fd = fd
    this.past = past
    this.lines = []
    this.waiting = []
    this.writing = false
  }

  append (entry) {
    this.lines.push(JSON.stringify(entry) + '\n')
  }

  /** Resolves once everything appended so far is on the disk. */
  settled () {
    return new Promise(resolve => {
      this.waiting.push(resolve)
      if (!this.writing) this._write()
    })
  }

  _write () {
    const { lines, waiting } = this
    this.lines = []
    this.waiting = []
    this.writing = true
    const done = error => {
      if (error) throw error // ends the process: better no answer than a promise that the disk did not keep
      for (const resolve of waiting) resolve()
      this.writing = false
      if (this.waiting.length) this._write()
    }
    if (!lines.length) return setImmediate(done)
    fs.write(this.fd, lines.join(''), error => error ? done(error) : fs.fdatasync(this.fd, done))
  }
}

module.exports = { Ledger }
