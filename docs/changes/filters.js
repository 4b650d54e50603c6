// The filters, tests and methods that the templates use. tests/commands/syntax.py has
// the same names: a release with another one is not written into the store.

import { contains, equal, isMapping, items, Namespace, order } from "./values.js";
import { SPACES, strip, TemplateError, text, Undefined } from "./values.js";
import { asYaml, fromYaml } from "./yaml.js";

// Python's syntax of regular expressions as JavaScript's: `$` also matches before a
// line break at the end, and `\s` is another set.
function expression(pattern) {
  const inside = { set: false };
  const translated = pattern.replace(/\\.|[[\]$]/gsu, (part) => {
    if (part === "\\s") return inside.set ? SPACES : `[${SPACES}]`;
    if (part === "[" || part === "]") {
      inside.set = part === "[";
      return part;
    }
    if (part === "$" && !inside.set) return "(?=\\n?$)";
    return part;
  });
  return new RegExp(translated, "gu");
}

function replacement(template, match) {
  return template.replace(/\\(\\|\d)/g, (_, sign) =>
    sign === "\\" ? "\\" : (match[Number(sign)] ?? ""),
  );
}

function replaceAll(value, pattern, template) {
  return text(value).replace(expression(pattern), (...match) => replacement(template, match));
}

function replaceSome(value, old, fresh, count) {
  if (count === undefined || count === null) return text(value).replaceAll(old, () => fresh);
  const parts = text(value).split(old);
  const head = parts.slice(0, count + 1).join(fresh);
  return [head, ...parts.slice(count + 1)].join(old);
}

function quote(value) {
  if (!value) return "''";
  if (/^[\w@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'"'"'`)}'`;
}

export function asJson(value, ascii = true) {
  if (Array.isArray(value)) return `[${value.map((item) => asJson(item, ascii)).join(", ")}]`;
  if (isMapping(value)) {
    const pairs = Object.entries(value).map(
      ([key, item]) => `${asJson(key, ascii)}: ${asJson(item, ascii)}`,
    );
    return `{${pairs.join(", ")}}`;
  }
  const written = JSON.stringify(value);
  if (!ascii || typeof value !== "string") return written;
  const hex = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return written.replace(/[\u007f-\uffff]/g, (unit) => (unit === "\u007f" ? unit : hex(unit)));
}

function attribute(item, name) {
  if (isMapping(item) && Object.hasOwn(item, name)) return item[name];
  if (Array.isArray(item) && name in item) return item[name];
  return new Undefined(`an item has no ${name}`);
}

function mapped(value, [name, ...more], named) {
  if (named.attribute !== undefined) {
    return items(value).map((item) => attribute(item, named.attribute));
  }
  return items(value).map((item) => FILTERS[name](item, more, named, this));
}

const chosen = (wanted) => (value, [name = "true", ...more]) =>
  items(value).filter((item) => tested(name, item, more) === wanted);

const chosenByAttribute = (wanted) => (value, [key, name = "true", ...more]) =>
  items(value).filter((item) => tested(name, attribute(item, key), more) === wanted);

function sorted(value, [reversed = false], { reverse = reversed, case_sensitive: exact = false }) {
  const key = (item) => (typeof item === "string" && !exact ? item.toLowerCase() : item);
  const found = [...items(value)].sort((one, other) => order(key(one), key(other)));
  return reverse ? found.reverse() : found;
}

function unique(value, [exact = false]) {
  const key = (item) => (typeof item === "string" && !exact ? item.toLowerCase() : item);
  const found = [];
  for (const item of items(value)) {
    if (!found.some((other) => equal(key(other), key(item)))) found.push(item);
  }
  return found;
}

function sum(value, _, { start = 0 }) {
  const add = (total, item) => (Array.isArray(total) ? [...total, ...item] : total + item);
  return items(value).reduce(add, start);
}

function search(value, [pattern]) {
  const match = expression(pattern).exec(text(value));
  return match ? match[0] : null;
}

function reversed(value) {
  const found = [...items(value)].reverse();
  return typeof value === "string" ? found.join("") : found;
}

// Of a value, the arguments, the arguments with names, and what renders.
export const FILTERS = {
  default: (value, [other = ""]) => (value instanceof Undefined ? other : value),
  dirname: (value) => text(value).replace(/\/?[^/]*$/, ""),
  fileglob: (value, _, __, renderer) => renderer.existing(value),
  from_json: (value) => JSON.parse(value),
  from_yaml: (value, _, __, renderer) => renderer.data(value) ?? fromYaml(value),
  join: (value, [between = ""]) => items(value).map(text).join(between),
  length: (value) => items(value).length,
  list: (value) => [...items(value)],
  lower: (value) => text(value).toLowerCase(),
  map(value, args, named, renderer) {
    return mapped.call(renderer, value, args, named);
  },
  quote: (value) => quote(text(value)),
  regex_replace: (value, [pattern, template]) => replaceAll(value, pattern, template),
  regex_search: search,
  reject: chosen(false),
  rejectattr: chosenByAttribute(false),
  relpath() {
    throw new TemplateError("a page has no files that have a path");
  },
  replace: (value, [old, fresh, count]) => replaceSome(value, old, fresh, count),
  reverse: reversed,
  select: chosen(true),
  selectattr: chosenByAttribute(true),
  sort: sorted,
  string: text,
  sum,
  to_json: (value, _, named) => asJson(value, named.ensure_ascii ?? true),
  to_nice_yaml: asYaml,
  trim: (value, [characters]) => strip(text(value), characters),
  unique,
  upper: (value) => text(value).toUpperCase(),
};

export const TESTS = {
  boolean: (value) => typeof value === "boolean",
  defined: (value) => !(value instanceof Undefined),
  eq: (value, [other]) => equal(value, other),
  in: (value, [all]) => contains(all, value),
  mapping: (value) => isMapping(value),
  none: (value) => value === null,
  number: (value) => typeof value === "number" || typeof value === "boolean",
  sequence: (value) => typeof value === "string" || Array.isArray(value) || isMapping(value),
  string: (value) => typeof value === "string",
  undefined: (value) => value instanceof Undefined,
};

export function tested(name, value, more) {
  if (name === "true") return Boolean(value);
  if (!Object.hasOwn(TESTS, name)) throw new TemplateError(`there is no test ${name}`);
  return TESTS[name](value, more);
}

function partition(value, between) {
  const place = value.indexOf(between);
  if (place < 0) return [value, "", ""];
  return [value.slice(0, place), between, value.slice(place + between.length)];
}

const OF_TEXTS = {
  endswith: (value, end) => value.endsWith(end),
  partition,
  rstrip: (value, characters) => strip(value, characters, "right"),
  split: (value, between) => value.split(between),
  startswith: (value, start) => value.startsWith(start),
};
const OF_MAPPINGS = {
  get: (value, key, other = null) => (Object.hasOwn(value, key) ? value[key] : other),
  items: (value) => Object.entries(value),
  keys: (value) => Object.keys(value),
};
export const METHODS = [...Object.keys(OF_TEXTS), ...Object.keys(OF_MAPPINGS)];

// Returns the method of a value, or nothing: a key of the same name comes after it.
export function method(value, name) {
  if (value instanceof Namespace) return undefined;
  const all = typeof value === "string" ? OF_TEXTS : isMapping(value) ? OF_MAPPINGS : {};
  return Object.hasOwn(all, name) ? (args) => all[name](value, ...args) : undefined;
}
