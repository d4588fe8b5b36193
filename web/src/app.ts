// What every page gets: htmx for swapping, dragging in the plan, and three small behaviours. Pages can be read without any of it.
import "htmx.org";
import "./countdown";
import "./drag";

/** Order drills: arrows move a line; the places in the selects follow. */
function moveLine(button: HTMLElement): void {
  const line = button.closest("li")!;
  const list = line.parentElement!;
  const other = button.dataset.move === "up" ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "up") list.insertBefore(line, other);
  else list.insertBefore(other, line);
  number(list);
  button.focus();
}

function number(list: Element): void {
  [...list.children].forEach((line, index) => {
    line.querySelector("select")!.value = String(index + 1);
  });
}

/** Copy buttons: `data-copy` names the element whose text is copied. */
async function copy(button: HTMLElement): Promise<void> {
  const source = document.getElementById(button.dataset.copy!);
  if (!source) return;
  await navigator.clipboard.writeText(source.innerText.trimEnd());
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => (label.textContent = before), 1500);
}

/** Reading time: seconds during which the page was visible, sent when the lesson is marked as read. */
function countReading(): void {
  const field = document.querySelector<HTMLInputElement>("input[data-seconds-visible]");
  if (!field) return;
  setInterval(() => {
    if (document.visibilityState === "visible") field.value = String(Number(field.value || "0") + 5);
  }, 5000);
}

function prepare(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-order]").forEach((list) => {
    list.querySelectorAll<HTMLElement>("select").forEach((select) => (select.hidden = true));
    list.querySelectorAll<HTMLElement>(".moves").forEach((moves) => (moves.hidden = false));
  });
  root.querySelectorAll<HTMLElement>("[data-copy]").forEach((button) => (button.hidden = false));
}

document.addEventListener("click", (event) => {
  const target = event.target as HTMLElement;
  const mover = target.closest<HTMLElement>("[data-move]");
  if (mover) moveLine(mover);
  const copier = target.closest<HTMLElement>("[data-copy]");
  if (copier) void copy(copier);
});
document.addEventListener("htmx:after:swap", () => {
  prepare(document);
  document.querySelector<HTMLElement>("#next, #verdict")?.focus();
});
prepare(document);
countReading();
