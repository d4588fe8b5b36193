// The code editor of drills: Tab indents, and Escape lets the next Tab leave. Control or Command with Enter answers.
import { indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { mirror } from "./mirror";

const look = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], class: "k" },
  { tag: [tags.number, tags.bool, tags.null], class: "m" },
  { tag: [tags.definition(tags.variableName), tags.className, tags.typeName, tags.atom, tags.heading], class: "nf" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "s" },
  { tag: tags.comment, class: "c" },
]);

const languages: Record<string, () => Promise<Extension[]>> = {
  python: async () => [(await import("@codemirror/lang-python")).pythonLanguage, indentUnit.of("    ")],
  node: async () => [(await import("@codemirror/lang-javascript")).javascriptLanguage, indentUnit.of("  ")],
  sql: async () => [(await import("@codemirror/lang-sql")).SQLite.language, indentUnit.of("  ")],
  yaml: async () => [
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/yaml")).yaml),
    indentUnit.of("  "),
  ],
  dockerfile: async () => [
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/dockerfile")).dockerFile),
    indentUnit.of("    "),
  ],
  nginx: async () => [
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/nginx")).nginx),
    indentUnit.of("    "),
  ],
  mongodb: () => languages.node(),
  ini: async () => [StreamLanguage.define((await import("@codemirror/legacy-modes/mode/properties")).properties)],
};

async function prepare(): Promise<void> {
  for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-code]")) {
    const name = area.dataset.code!;
    delete area.dataset.code; // so that it is taken up once
    const language = (await languages[name]?.()) ?? [];
    const answer = () => (area.form!.requestSubmit(), true);
    mirror(area, area.labels[0]?.innerText ?? "Your answer", [
      keymap.of([{ key: "Mod-Enter", run: answer }, indentWithTab]),
      lineNumbers(),
      bracketMatching(),
      indentOnInput(),
      syntaxHighlighting(look),
      ...language,
    ]);
    area.nextElementSibling!.classList.add("code");
  }
}

document.addEventListener("htmx:after:swap", () => void prepare());
void prepare();
