// The Markdown editor of notes. Tab keeps moving the focus.
import { markdown } from "@codemirror/lang-markdown";
import { syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { mirror } from "./mirror";

const look = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.monospace, fontWeight: "500" },
  { tag: [tags.link, tags.url], textDecoration: "underline" },
  { tag: tags.processingInstruction, color: "var(--quiet)" },
]);

document.querySelectorAll<HTMLTextAreaElement>("textarea[data-editor]").forEach((area) => {
  mirror(area, "Text of the note, in Markdown", [markdown(), syntaxHighlighting(look), EditorView.lineWrapping]);
});
