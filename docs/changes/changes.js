// What differs between the files of two projects.

import { hunks, patch } from "./diff.js";

const decoder = new TextDecoder();

async function content(store, file) {
  if (!file) return "";
  return file.text ?? decoder.decode(await store.bytes(file.stored));
}

const isBinary = (file) => Boolean(file?.stored?.endsWith(".bin"));

const same = (one, other) =>
  one.executable === other.executable &&
  (one.stored ? one.stored === other.stored : one.text === other.text);

// Returns each file that differs, sorted by path: what was done with it, the parts of
// its diff and their counts of lines.
export async function changes(store, before, after) {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const different = paths.filter((path) => {
    const [one, other] = [before.get(path), after.get(path)];
    return !one || !other || !same(one, other);
  });
  const found = await Promise.all(
    different.map((path) => change(store, path, before.get(path), after.get(path))),
  );
  return found.filter((one) => one.what !== "changed" || one.isDifferent);
}

async function change(store, path, before, after) {
  const binary = isBinary(before) || isBinary(after);
  const texts = await Promise.all([content(store, before), content(store, after)]);
  const parts = binary ? [] : hunks(...texts);
  const count = (sign) =>
    parts.reduce((sum, { lines }) => sum + lines.filter(([mark]) => mark === sign).length, 0);
  const what = !before ? "added" : !after ? "removed" : "changed";
  const mode = before && after && before.executable !== after.executable;
  const isDifferent = binary || mode || texts[0] !== texts[1];
  const counts = { added: count("+"), removed: count("-") };
  return { path, what, before, after, binary, hunks: parts, isDifferent, ...counts };
}

// Returns all of it as a diff that `git apply` takes, but for binary files.
export const patchOf = (found) => found.map(patch).join("");
