// Bundles the islands, the styles with their fonts, and one sprite of the icons in use, into src/backroad/static.
import { build } from "esbuild";
import { copyFileSync, readFileSync, writeFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "backroad", "static");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const common = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  assetNames: "fonts/[name]",
  loader: { ".woff2": "file" },
  legalComments: "linked",
  logLevel: "warning",
};
await build({ ...common, entryPoints: { app: "src/app.ts", run: "src/run.ts", style: "src/style.css" } });
// The two editors share CodeMirror, and each language comes as a chunk of its own, loaded where it is written.
await build({
  ...common,
  entryPoints: { editor: "src/editor.ts", code: "src/code.ts" },
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
});

const names = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
const symbols = names.map((name) => {
  const svg = readFileSync(join(here, "node_modules", "lucide-static", "icons", `${name}.svg`), "utf8");
  const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inside.trim()}</symbol>`;
});
writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
copyFileSync(join(here, "src", "mark.svg"), join(out, "mark.svg"));
