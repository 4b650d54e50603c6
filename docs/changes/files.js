// The files that differ, as a list that opens.

import { heading } from "./diff.js";
import { element } from "./dom.js";

const SHORT = 120; // lines of a diff that is open at first
const OPEN = 3; // files that are open at first

const lineCount = (change) => change.added + change.removed;

// Returns the element of each changed file.
export function list(changes) {
  return changes.map((change, place) => {
    const { node, fill } = file(change);
    node.open = place < OPEN && lineCount(change) <= SHORT;
    if (node.open) fill(); // now, because what comes later moves what is below
    return node;
  });
}

function file(change) {
  const counts = element(
    "span",
    { className: "counts" },
    element("span", { className: "plus" }, `+${change.added}`),
    " ",
    element("span", { className: "minus" }, `\u2212${change.removed}`),
  );
  const badge = element("span", { className: `badge badge-${change.what}` }, change.what);
  const path = element("code", { className: "path" }, ...breakable(change.path));
  const title = element("summary", {}, badge, path, counts);
  const node = element("details", { className: "file" }, title);
  // A long list opens at once, and makes the lines of a file when they are looked at.
  const fill = () => node.childElementCount === 1 && node.append(content(change));
  node.addEventListener("toggle", () => node.open && fill());
  return { node, fill };
}

// A path may go on in the next line after a slash.
const breakable = (path) =>
  path.split("/").flatMap((part, place) => (place ? ["/", element("wbr"), part] : [part]));

function content(change) {
  if (change.binary) return element("p", { className: "note" }, "A binary file: it has no lines.");
  const label = `Lines of ${change.path}`;
  const box = element("div", { className: "diff", role: "group", "aria-label": label });
  if (change.before && change.after && change.before.executable !== change.after.executable) {
    const now = change.after.executable ? "can be run" : "can no longer be run";
    box.append(element("p", { className: "note" }, `The file ${now}.`));
  }
  for (const hunk of change.hunks) box.append(...rows(hunk));
  if (!change.hunks.length) box.append(element("p", { className: "note" }, "No line differs."));
  return box;
}

const NO_BREAK = "No line break at the end";
const TAGS = { "+": "ins", "-": "del", " ": "span" };

function rows(hunk) {
  let [a, b] = [hunk.a, hunk.b];
  const found = [element("p", { className: "hunk" }, heading(hunk))];
  for (const [sign, line] of hunk.lines) {
    a += sign !== "+";
    b += sign !== "-";
    const row = element(TAGS[sign], { className: "row" }, sign + line.replace(/\n$/, ""));
    row.dataset.before = sign === "+" ? "" : a;
    row.dataset.after = sign === "-" ? "" : b;
    found.push(row);
    if (!line.endsWith("\n")) found.push(element("p", { className: "hunk" }, NO_BREAK));
  }
  return found;
}

// Returns a sentence that counts the changes.
export function summary(changes) {
  if (!changes.length) return "No file differs.";
  const of = (what) => changes.filter((change) => change.what === what).length;
  const sum = (key) => changes.reduce((total, change) => total + change[key], 0);
  const kinds = ["changed", "added", "removed"].filter(of).map((what) => `${of(what)} ${what}`);
  const files = changes.length === 1 ? "1 file differs" : `${changes.length} files differ`;
  return `${files}: ${kinds.join(", ")}. Lines: ${sum("added")} added, ${sum("removed")} removed.`;
}
