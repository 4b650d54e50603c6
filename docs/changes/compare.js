// Two projects to compare: of two releases with one set of answers, or of one release
// with two.

import { answered, known, Refusal, rendered } from "./copier.js";
import { changes } from "./changes.js";

// Returns the projects before and after, and notes for the reader. With `updating`, the
// second one has the answers that an update of the first one records: a question that
// is new is answered as for a project that exists. Raises Refusal.
export async function ofReleases(store, { from, to, given, updating, source }) {
  const [first, second] = await Promise.all([store.release(from), store.release(to)]);
  const notes = [first, second].flatMap((release) => ignored(release, given));
  const before = await project(first, given, { source });
  if (!updating) return { before, after: await project(second, given, { source }), notes };
  const recorded = { ...before.recorded, ...known(first, given).given };
  const updated = await project(
    second,
    { ...recorded, ...given },
    { source, before: { ...before.origin, ...recorded } },
  );
  const fresh = Object.keys(updated.recorded).filter(
    (name) => !(name in before.recorded) && !(name in given),
  );
  if (fresh.length) notes.push(newQuestions(to, fresh, updated.recorded));
  return { before, after: await project(second, updated.recorded, { source }), notes };
}

// The same for one release and two sets of answers.
export async function ofAnswers(store, { release: version, given, then, source }) {
  const release = await store.release(version);
  const before = await project(release, given, { source });
  const after = await project(release, then, { source });
  return { before, after, notes: [given, then].flatMap((some) => ignored(release, some)) };
}

async function project(release, given, options) {
  try {
    return await answered(release, known(release, given).given, options);
  } catch (error) {
    if (error instanceof Refusal) error.version = release.version;
    throw error;
  }
}

function ignored(release, given) {
  const { unknown } = known(release, given);
  if (!unknown.length) return [];
  const names = unknown.join(", ");
  return [`${release.version} does not have the question ${names}; it is left out there.`];
}

function newQuestions(version, names, answers) {
  const listed = names.map((name) => `${name}=${JSON.stringify(answers[name])}`).join(", ");
  return `New in ${version}, and answered as an update does: ${listed}.`;
}

// Returns all changed files of two projects.
export async function compared(store, { before, after }) {
  return changes(store, await rendered(before), await rendered(after));
}
