// CodeMirror over a textarea, which stays the field that is sent.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, type EditorViewConfig } from "@codemirror/view";

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

export function mirror(area: HTMLTextAreaElement, label: string, extensions: Extension[]): void {
  const config: EditorViewConfig = {
    state: EditorState.create({
      doc: area.value,
      extensions: [
        history(),
        ...extensions,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
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
