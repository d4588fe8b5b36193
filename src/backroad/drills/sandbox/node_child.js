// Runs a learner's JavaScript and sends back what each call gives. Node is started with its permission model, which
// grants no file; see `guard.py` for what holds before that. The request and the lines are those of `python_child.py`.
"use strict";
{
  const fs = require("node:fs");
  const vm = require("node:vm");
  const channel = Number(process.argv[1]);
  const stringify = JSON.stringify;
  const write = fs.writeSync.bind(fs);
  const chunks = [];
  const buffer = Buffer.alloc(65536);
  for (let length; (length = fs.readSync(0, buffer)) > 0; ) chunks.push(Buffer.from(buffer.subarray(0, length)));
  const request = JSON.parse(Buffer.concat(chunks).toString());
  const exit = process.reallyExit.bind(process);
  const token = request.token;
  const send = (value) => {
    let line = Buffer.from(stringify({ token, value }) + "\n");
    while (line.length) line = line.subarray(write(channel, line));
  };

  const said = (error) => {
    const name = error instanceof Error ? error.name : "Error";
    const text = String(error instanceof Error ? error.message : error).split("\n")[0].slice(0, 300);
    const line = /answer\.js:(\d+)/.exec(error instanceof Error ? String(error.stack) : "");
    return name + (text ? ": " + text : "") + (line ? ` (line ${line[1]})` : "");
  };

  const plain = (value) => {
    let parts = 0;
    let size = 0;
    const walk = (item, depth) => {
      if (++parts > 20000 || size > 65536 || depth > 50) throw { unfit: "a value that is too long to send" };
      if (item === null || typeof item === "boolean") return item;
      if (typeof item === "string") {
        size += item.length;
        return item;
      }
      if (typeof item === "number") {
        if (!Number.isFinite(item)) throw { unfit: String(item) };
        return item;
      }
      if (Array.isArray(item)) return item.map((inner) => walk(inner, depth + 1));
      const prototype = typeof item === "object" ? Object.getPrototypeOf(item) : undefined;
      if (prototype === Object.prototype || prototype === null) {
        const found = {};
        for (const [key, inner] of Object.entries(item)) {
          size += key.length;
          if (inner !== undefined) Object.defineProperty(found, key, { value: walk(inner, depth + 1), enumerable: true });
        }
        return found;
      }
      if (item === undefined) throw { unfit: "undefined: does every way through it return a value?" };
      throw { unfit: `${typeof item === "object" ? "an object of the class " + prototype?.constructor?.name : "a " + typeof item}, not a plain value` };
    };
    return walk(value, 0);
  };

  const call = async (expression) => {
    try {
      return { value: plain(await vm.runInThisContext(expression, { filename: "call.js" })) };
    } catch (error) {
      if (error && typeof error === "object" && typeof error.unfit === "string") return { unfit: error.unfit };
      return { raised: error instanceof Error ? error.name : "Error", said: said(error) };
    }
  };

  for (const name of ["require", "module", "exports", "__filename", "__dirname", "fetch", "WebSocket", "EventSource", "process"])
    delete globalThis[name];
  process_();

  function process_() {
    try {
      vm.runInThisContext(request.code, { filename: "answer.js" });
      vm.runInThisContext(request.helpers, { filename: "helpers.js" });
    } catch (error) {
      send({ broken: said(error) });
      return exit(0);
    }
    send({ loaded: true });
    (async () => {
      for (const expression of request.calls) send(await call(expression));
      exit(0);
    })();
  }
}
