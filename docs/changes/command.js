// The command of the template repository that prints the same differences.

import { FILTERS } from "./filters.js";

const tag = (version) => (/^\d/.test(version) ? `v${version}` : version);

const written = (answers) =>
  Object.entries(answers).map(([name, value]) => {
    const text = Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
    return FILTERS.quote(`${name}=${text}`);
  });

// Returns the command of what is compared.
export function command({ mode, from, to, updating, given, then }) {
  const first = mode === "releases" ? from : to;
  const words = [".venv/bin/just release-diff", tag(first), tag(to), ...written(given)];
  if (mode === "answers") words.push("--then", ...written(then));
  else if (!updating) words.push("--new-projects");
  return words.join(" ");
}
