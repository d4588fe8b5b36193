// Dragging a session to another day, with mouse, pen or finger. Its grip is a link to the form that does the same: a
// press without a drag follows it. Escape lets go without moving. Where it may stand is for the server to say.
const FAR = 6; // pixels from which a press is a drag
const EDGE = 70; // pixels from the window's edge within which the page scrolls along

let grip: HTMLElement | undefined;
let row: HTMLElement;
let from = { x: 0, y: 0, scrolled: 0 };
let at = { x: 0, y: 0 };
let over: HTMLElement | undefined;
let dragging = false;

const form = () => document.querySelector<HTMLFormElement>("form[data-mover]");
const drops = () => document.querySelector<HTMLElement>("[data-drops]");

function lift(): void {
  dragging = true;
  document.body.classList.add("dragging");
  row.classList.add("dragged");
  if (drops()) drops()!.hidden = false;
  requestAnimationFrame(follow);
}

/** Once a frame: the row follows the pointer, the page scrolls at its edges, the day under the pointer is marked. */
function follow(): void {
  if (!dragging) return;
  if (at.y < EDGE) scrollBy(0, -12);
  else if (at.y > innerHeight - EDGE && !drops()) scrollBy(0, 12);
  row.style.transform = `translateY(${at.y - from.y + scrollY - from.scrolled}px)`;
  const under = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>("[data-day]") ?? undefined;
  if (under !== over) {
    over?.classList.remove("over-it");
    under?.classList.add("over-it");
    over = under;
  }
  requestAnimationFrame(follow);
}

function letGo(): void {
  const was = dragging;
  grip = undefined;
  dragging = false;
  over?.classList.remove("over-it");
  over = undefined;
  if (!was) return;
  document.body.classList.remove("dragging");
  row.classList.remove("dragged");
  row.style.transform = "";
  if (drops()) drops()!.hidden = true;
  // The press ends in a click on the grip, which would follow its link.
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 100);
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

function drop(): void {
  if (!dragging) return letGo();
  const under = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>("[data-day]");
  const session = grip!.dataset.grip!;
  const own = row.closest<HTMLElement>("[data-day]");
  const target = form();
  letGo();
  if (!under || under === own || !target) return;
  target.querySelector<HTMLInputElement>("[name=session]")!.value = session;
  target.querySelector<HTMLInputElement>("[name=day]")!.value = under.dataset.day!;
  target.submit();
}

document.addEventListener("pointerdown", (event) => {
  const pressed = (event.target as HTMLElement).closest<HTMLElement>("[data-grip]");
  if (!pressed || event.button !== 0 || !event.isPrimary || !form()) return;
  grip = pressed;
  row = pressed.closest("li")!;
  at = { x: event.clientX, y: event.clientY };
  from = { ...at, scrolled: scrollY };
  pressed.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  if (!grip || !event.isPrimary) return;
  at = { x: event.clientX, y: event.clientY };
  if (!dragging && Math.hypot(at.x - from.x, at.y - from.y) > FAR) lift();
});
document.addEventListener("pointerup", (event) => {
  if (grip && event.isPrimary) drop();
});
document.addEventListener("pointercancel", () => grip && letGo());
document.addEventListener("keydown", (event) => {
  if (dragging && event.key === "Escape") letGo();
});
