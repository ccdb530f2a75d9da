// Keeps <time data-relative> and <time data-due> true while a page is open. The words are those of
// accounts/formatting.py; past a day (or for a clock, past an hour) the server's words stand, as they need the zone.
const MINUTE = 60, HOUR = 3600, DAY = 86400;

const span = (s) => (s < MINUTE ? `${s} s` : s < HOUR ? `${Math.floor(s / MINUTE)} min` : `${Math.floor(s / HOUR)} h`);

export const relative = (seconds) => {
  const distance = Math.abs(seconds);
  if (distance >= DAY) return null;
  if (distance === 0) return "now";
  return seconds > 0 ? `in ${span(distance)}` : `${span(distance)} ago`;
};

export const due = (seconds) => {
  if (seconds < 0) {
    const late = -seconds;
    return [`Overdue ${late < 2 * DAY ? span(late) : `${Math.floor(late / DAY)} days`}`, "bad"];
  }
  return seconds < HOUR ? [`${Math.floor(seconds / MINUTE)} min left`, "warn"] : null;
};

const secondsTo = (element) => Math.trunc((Date.parse(element.dateTime) - Date.now()) / 1000);

const say = (element, words) => {
  if (words !== null && element.textContent !== words) element.textContent = words;
};

export const refresh = (root = document) => {
  for (const element of root.querySelectorAll("time[data-relative]")) say(element, relative(secondsTo(element)));
  for (const element of root.querySelectorAll("time[data-due]")) {
    const state = due(secondsTo(element));
    if (!state) continue;
    say(element, state[0]);
    const chip = element.closest(".chip");
    chip?.classList.remove("warn", "bad");
    chip?.classList.add(state[1]);
  }
};

setInterval(() => document.hidden || refresh(), 20_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
