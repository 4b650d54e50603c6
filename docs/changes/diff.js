// The lines that differ between two texts, by Myers' method in linear space, and a
// unified diff of them that `git apply` takes.

const CONTEXT = 3;

// Returns the lines of a text, each with its line break.
export const lines = (text) => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

// Returns where lines were removed from `a`, and added from `b`: two lists of booleans.
export function compare(a, b) {
  const [left, right] = numbered(a, b);
  const removed = new Array(a.length).fill(false);
  const added = new Array(b.length).fill(false);
  const work = [[0, left.length, 0, right.length]];
  while (work.length) {
    let [a0, a1, b0, b1] = work.pop();
    while (a0 < a1 && b0 < b1 && left[a0] === right[b0]) [a0, b0] = [a0 + 1, b0 + 1];
    while (a0 < a1 && b0 < b1 && left[a1 - 1] === right[b1 - 1]) [a1, b1] = [a1 - 1, b1 - 1];
    if (a0 === a1) added.fill(true, b0, b1);
    else if (b0 === b1) removed.fill(true, a0, a1);
    else {
      const [x, y] = middle(left, right, a0, a1, b0, b1);
      work.push([a0, x, b0, y], [x, a1, y, b1]);
    }
  }
  slide(left, removed);
  slide(right, added);
  return { removed, added };
}

// Equal lines get equal numbers, which are compared faster.
function numbered(...texts) {
  const numbers = new Map();
  const number = (line) => {
    if (!numbers.has(line)) numbers.set(line, numbers.size);
    return numbers.get(line);
  };
  return texts.map((all) => all.map(number));
}

// Returns a place that a shortest way from one end of both parts to the other passes:
// where the ways from both ends meet. No line at either end is equal.
function middle(left, right, a0, a1, b0, b1) {
  const [n, m] = [a1 - a0, b1 - b0];
  const delta = n - m;
  const odd = delta % 2 !== 0;
  const most = Math.ceil((n + m) / 2);
  // The furthest place on each diagonal, from the start and from the end.
  const forward = new Int32Array(2 * most + 2);
  const backward = new Int32Array(2 * most + 2);
  const at = (diagonal) => diagonal + most;
  for (let step = 0; step <= most; step += 1) {
    for (let k = -step; k <= step; k += 2) {
      let x = furthest(forward, at(k), step, k);
      let y = x - k;
      while (x < n && y < m && left[a0 + x] === right[b0 + y]) [x, y] = [x + 1, y + 1];
      forward[at(k)] = x;
      const other = delta - k;
      const met = odd && Math.abs(other) < step && x + backward[at(other)] >= n;
      if (met) return [a0 + x, b0 + y];
    }
    for (let k = -step; k <= step; k += 2) {
      let x = furthest(backward, at(k), step, k);
      let y = x - k;
      while (x < n && y < m && left[a1 - x - 1] === right[b1 - y - 1]) [x, y] = [x + 1, y + 1];
      backward[at(k)] = x;
      const other = delta - k;
      const met = !odd && Math.abs(other) <= step && x + forward[at(other)] >= n;
      if (met) return [a1 - x, b1 - y];
    }
  }
  throw new Error("two ways did not meet");
}

function furthest(reached, place, step, k) {
  if (step === 0) return 0;
  const down = k === -step || (k !== step && reached[place - 1] < reached[place + 1]);
  return down ? reached[place + 1] : reached[place - 1] + 1;
}

// Moves each group of changed lines down as far as the lines repeat, as Git does.
function slide(all, changed) {
  for (let start = 0; start < all.length; start += 1) {
    if (!changed[start]) continue;
    let end = start;
    while (end < all.length && changed[end]) end += 1;
    while (end < all.length && !changed[end] && all[start] === all[end]) {
      [changed[start], changed[end]] = [false, true];
      start += 1;
      while (end < all.length && changed[end]) end += 1;
    }
    start = end;
  }
}

// Returns the changes of two lists of lines in order: each `[sign, line]`.
function edits(a, b) {
  const { removed, added } = compare(a, b);
  const found = [];
  for (let x = 0, y = 0; x < a.length || y < b.length; ) {
    if (removed[x]) found.push(["-", a[x++]]);
    else if (added[y]) found.push(["+", b[y++]]);
    else {
      found.push([" ", a[x++]]);
      y += 1;
    }
  }
  return found;
}

// Returns the parts of a diff that have changes, with the lines around them: each with
// its first lines and counts in both texts.
export function hunks(before, after) {
  const all = edits(lines(before), lines(after));
  const near = new Array(all.length).fill(false);
  all.forEach(([sign], place) => {
    if (sign !== " ") near.fill(true, Math.max(0, place - CONTEXT), place + CONTEXT + 1);
  });
  const found = [];
  let [a, b, hunk] = [0, 0, null];
  all.forEach(([sign, line], place) => {
    if (near[place]) {
      if (!hunk) found.push((hunk = { a, b, before: 0, after: 0, lines: [] }));
      hunk.lines.push([sign, line]);
      hunk.before += sign !== "+";
      hunk.after += sign !== "-";
    } else hunk = null;
    a += sign !== "+";
    b += sign !== "-";
  });
  return found;
}

const range = (start, count) => `${count ? start + 1 : start}${count === 1 ? "" : `,${count}`}`;

export const heading = (hunk) =>
  `@@ -${range(hunk.a, hunk.before)} +${range(hunk.b, hunk.after)} @@`;

const NO_BREAK = "\\ No newline at end of file\n";
const written = ([sign, line]) =>
  sign + (line.endsWith("\n") ? line : `${line}\n${NO_BREAK}`);

// Returns the diff of one file, as `git diff` writes it.
export function patch({ path, before, after, hunks: parts, binary }) {
  const mode = (file) => (file.executable ? "100755" : "100644");
  const head = [`diff --git a/${path} b/${path}`];
  if (!before) head.push(`new file mode ${mode(after)}`);
  else if (!after) head.push(`deleted file mode ${mode(before)}`);
  else if (mode(before) !== mode(after)) {
    head.push(`old mode ${mode(before)}`, `new mode ${mode(after)}`);
  }
  const from = before ? `a/${path}` : "/dev/null";
  const to = after ? `b/${path}` : "/dev/null";
  if (binary) head.push(`Binary files ${from} and ${to} differ`);
  else if (parts.length) head.push(`--- ${from}`, `+++ ${to}`);
  const body = parts.map((hunk) => `${heading(hunk)}\n${hunk.lines.map(written).join("")}`);
  return `${head.join("\n")}\n${body.join("")}`;
}
