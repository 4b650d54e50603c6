// Values as Jinja and Python have them: truth, equality, order, and the text of each.

export class TemplateError extends Error {}

// A name or a key that does not exist. Every use of it is an error, but for `default`;
// only what an `if` without an `else` leaves out is an empty text.
export class Undefined {
  constructor(message, lenient = false) {
    this.message = message;
    this.lenient = lenient;
  }

  use() {
    if (!this.lenient) throw new UndefinedError(this);
  }
}

// The guard of a release asks an empty mapping for its sentence: that is `missing`.
export class UndefinedError extends TemplateError {
  constructor(value) {
    super(value.message);
    this.missing = value.missing;
  }
}

export class Namespace {
  constructor(values) {
    Object.assign(this, values);
  }
}

export const isMapping = (value) =>
  value !== null &&
  typeof value === "object" &&
  !Array.isArray(value) &&
  !(value instanceof Undefined);

// What Python's `strip()` and `\s` take for a space.
export const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const escaped = (text) => text.replace(/[\\\]^-]/g, "\\$&");

export function strip(text, characters, ends = "both") {
  const set = characters === undefined ? SPACES : escaped(characters);
  if (!set) return text;
  let found = text;
  if (ends !== "right") found = found.replace(new RegExp(`^[${set}]+`, "u"), "");
  return found.replace(new RegExp(`[${set}]+$`, "u"), "");
}

export function truth(value) {
  if (value instanceof Undefined) {
    value.use();
    return false;
  }
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

export function equal(one, other) {
  if (one instanceof Undefined || other instanceof Undefined) {
    return one instanceof Undefined && other instanceof Undefined;
  }
  if (typeof one === "boolean" && typeof other === "number") return Number(one) === other;
  if (typeof one === "number" && typeof other === "boolean") return equal(other, one);
  if (one === null || typeof one !== "object") return one === other;
  if (other === null || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && equal(one[key], other[key]));
}

export function contains(all, item) {
  if (all instanceof Undefined) all.use();
  if (typeof all === "string") return all.includes(item);
  if (Array.isArray(all)) return all.some((other) => equal(item, other));
  return Object.hasOwn(all, item);
}

// Negative, zero or positive, as Python orders numbers, texts and lists.
export function order(one, other) {
  if (Array.isArray(one) && Array.isArray(other)) {
    for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
      const found = order(one[place], other[place]);
      if (found) return found;
    }
    return one.length - other.length;
  }
  if (typeof one === "string" && typeof other === "string") return orderOfTexts(one, other);
  return Number(one) - Number(other);
}

function orderOfTexts(one, other) {
  const [left, right] = [[...one], [...other]];
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    const found = left[place].codePointAt(0) - right[place].codePointAt(0);
    if (found) return found;
  }
  return left.length - right.length;
}

// The items that a loop goes over.
export function items(value) {
  if (value instanceof Undefined) {
    value.use();
    return [];
  }
  if (typeof value === "string") return [...value];
  if (Array.isArray(value)) return value;
  if (isMapping(value)) return Object.keys(value);
  throw new TemplateError(`${text(value)} has no items`);
}

export function text(value) {
  if (typeof value === "string") return value;
  if (value instanceof Undefined) {
    value.use();
    return "";
  }
  return shown(value);
}

// As Python's `repr()`.
function shown(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value instanceof Undefined) return text(value);
  const pairs = Object.entries(value).map(([key, item]) => `${shown(key)}: ${shown(item)}`);
  return `{${pairs.join(", ")}}`;
}

function quoted(value) {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const body = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}
