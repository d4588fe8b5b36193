// The clock of an interview's question. The server keeps the time; this only shows it, second by second.

function say(seconds: number): string {
  const whole = Math.abs(Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} ${seconds < 0 ? "over" : "left"}`;
}

function countDown(clock: HTMLElement): void {
  const ends = Date.now() + (Number(clock.dataset.clock) - Number(clock.dataset.gone)) * 1000;
  const text = clock.querySelector<HTMLElement>("[data-clock-says]")!;
  const status = clock.querySelector<HTMLElement>("[role=status]")!;
  let before = Infinity;
  const tick = () => {
    const left = Math.round((ends - Date.now()) / 1000);
    text.textContent = say(left);
    clock.classList.toggle("over-time", left < 0);
    // A screen reader hears it twice, not each second.
    if (left <= 60 && before > 60 && before !== Infinity) status.textContent = "One minute left.";
    if (left < 0 && before >= 0 && before !== Infinity) status.textContent = "The time is over. You may go on.";
    before = left;
  };
  tick();
  setInterval(tick, 1000);
}

document.querySelectorAll<HTMLElement>("[data-clock]").forEach(countDown);
