// What is compared, as the fragment of the address: a link shows the same again.

const SETS = { a: "given", b: "then" };

// Returns the fragment of what is compared.
export function written(state) {
  const found = new URLSearchParams();
  if (state.mode === "releases") {
    found.set("from", state.from);
    found.set("to", state.to);
    if (!state.updating) found.set("new", "yes");
  } else found.set("release", state.to);
  for (const [short, set] of Object.entries(SETS)) {
    if (set === "then" && state.mode === "releases") continue;
    for (const [name, value] of Object.entries(state[set])) {
      if (!Array.isArray(value)) found.set(`${short}.${name}`, String(value));
      // A list is there once for each item, and an empty one has one without a text.
      else for (const item of value.length ? value : [""]) found.append(`${short}.${name}[]`, item);
    }
  }
  return found.toString();
}

// Returns what a fragment says to compare; what it does not say is left out. The texts
// of answers get their types from the questions, when they are answered.
export function read(fragment) {
  const found = { given: {}, then: {} };
  for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    const [, short, name, list] = /^([ab])\.(.+?)(\[\])?$/.exec(key) ?? [];
    const set = found[SETS[short]];
    if (list) set[name] = [...(set[name] ?? []), ...(value ? [value] : [])];
    else if (name) set[name] = value;
    else if (key === "from" || key === "to") found[key] = value;
    else if (key === "release") Object.assign(found, { to: value, mode: "answers" });
    else if (key === "new") found.updating = false;
  }
  return found;
}
