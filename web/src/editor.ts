// The Markdown editor of notes: CodeMirror over a textarea, which stays the field that is sent.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, type EditorViewConfig } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.monospace, fontWeight: "500" },
  { tag: [tags.link, tags.url], textDecoration: "underline" },
  { tag: tags.processingInstruction, color: "var(--quiet)" },
]);

/** While the document shows no head, CodeMirror's styles become a constructed sheet and not a <style> element, which our
 *  content security policy forbids. Such a sheet comes after ours: rules for the editor in our style need a parent. */
function withoutHead<T>(make: () => T): T {
  Object.defineProperty(document, "head", { value: null, configurable: true });
  try {
    return make();
  } finally {
    delete (document as { head?: unknown }).head;
  }
}

function edit(area: HTMLTextAreaElement): void {
  const config: EditorViewConfig = {
    state: EditorState.create({
      doc: area.value,
      extensions: [
        history(),
        keymap.of([...defaultKeymap, ...historyKeymap]), // Tab keeps moving the focus
        markdown(),
        syntaxHighlighting(look),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Text of the note, in Markdown" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) area.value = update.state.doc.toString();
        }),
      ],
    }),
  };
  const view = withoutHead(() => new EditorView(config));
  area.hidden = true;
  area.after(view.dom);
  document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => view.focus());
}

document.querySelectorAll<HTMLTextAreaElement>("textarea[data-editor]").forEach(edit);
