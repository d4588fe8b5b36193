// Follows a run: each event that arrives has the transcript fetched anew, at most every 150 ms, and morphed into place.
import htmx from "htmx.org";

const holder = document.querySelector<HTMLElement>("[data-run]");

function refresh(): void {
  void htmx.ajax("GET", holder!.dataset.refresh!, { target: "#transcript", swap: "outerMorph" });
}

function follow(after: number, patience = 500): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/v1/runs/${holder!.dataset.run}/live?after=${after}`);
  let waiting: number | undefined;
  let ended = false;
  let last = after;
  socket.onmessage = (message) => {
    const event = JSON.parse(message.data as string) as { number?: number; state?: string };
    if (event.number) last = event.number;
    if (event.state && event.state !== "running") ended = true;
    waiting ??= window.setTimeout(() => {
      waiting = undefined;
      refresh();
    }, 150);
  };
  socket.onclose = () => {
    if (!ended) setTimeout(() => follow(last, Math.min(patience * 2, 10_000)), patience);
  };
}

const transcript = document.getElementById("transcript");
if (holder && transcript?.dataset.state === "running") follow(Number(transcript.dataset.last));
